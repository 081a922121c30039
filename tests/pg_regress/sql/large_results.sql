-- Results that together are larger than a jsonb value can hold (256 MB) concern the step that should get them alone.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA large_results;
SET search_path = large_results, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set VERBOSITY terse
SELECT created FROM tasker_register_task('{"name": "join", "step_templates": [{"name": "a"}, {"name": "b"}, {"name": "j", "depends_on_steps": ["a", "b"]}]}');
SELECT created FROM tasker_register_task('{"name": "other", "step_templates": [{"name": "x"}, {"name": "y", "depends_on_step": "x"}]}');
SELECT created FROM tasker_register_task('{"name": "pair", "step_templates": [{"name": "a"}, {"name": "b"}]}');
SELECT created FROM tasker_register_task('{"name": "parent", "step_templates": [{"name": "sub", "subtask": {"task_name": "pair"}}, {"name": "after", "depends_on_step": "sub"}]}');
SELECT created FROM tasker_register_task('{"name": "signalled", "step_templates": [{"name": "w", "wait": {"signal": "go"}}]}');
-- 140 MB that need little space.
CREATE TABLE large AS SELECT to_jsonb(repeat('x', 140000000)) AS value;
CREATE FUNCTION complete_all(of_task bigint, large boolean) RETURNS void LANGUAGE sql AS $$
    SELECT tasker_complete_step(claimed.workflow_step_id, '{}', claimed.claim_token) FROM tasker_claim_steps('w', 10, task_id => of_task) AS claimed;
    UPDATE tasker_workflow_steps SET results = (SELECT value FROM large) WHERE large AND task_id = of_task AND processed;
$$;

SELECT task_id AS t FROM tasker_create_task('join', '{}') \gset
SELECT complete_all(:t, true);
SELECT task_id AS o FROM tasker_create_task('other', '{}') \gset
-- The join fails alone, for good, and the healthy step is claimed.
SELECT step_name, parent_results FROM tasker_claim_steps('w', 10);
SELECT step.step_name, step.state, told.results, told.retryable FROM (SELECT s.*, n.name AS step_name FROM tasker_core_steps AS s JOIN tasker_named_steps AS n USING (named_step_id)) AS step JOIN tasker_workflow_steps AS told USING (workflow_step_id)
WHERE step.task_id = :t ORDER BY step.step_name DESC LIMIT 1;
SELECT state FROM tasker_core_tasks WHERE task_id = :t;
SELECT count(*) AS leases FROM tasker_core_leases WHERE task_id = :t;
-- A person makes them smaller.
UPDATE tasker_workflow_steps AS step SET results = '"small"' FROM tasker_named_steps AS named
WHERE step.named_step_id = named.named_step_id AND task_id = :t AND named.name = 'b';
SELECT tasker_reset_step((SELECT max(workflow_step_id) FROM tasker_workflow_steps WHERE task_id = :t)) IS NOT NULL AS reset;
SELECT step_name, length(parent_results ->> 'a') AS a, parent_results ->> 'b' AS b FROM tasker_claim_steps('w', 10);

-- A completion is not rolled back by what is claimed after it.
SELECT workflow_step_id AS s, claim_token AS k FROM tasker_core_leases WHERE task_id = :o \gset
SELECT task_id AS t FROM tasker_create_task('join', '{}') \gset
SELECT complete_all(:t, true);
SELECT step_name, parent_results FROM tasker_complete_and_claim(:s, '{"ok": true}', :'k', 'w', 10);
SELECT results FROM tasker_workflow_steps WHERE workflow_step_id = :s;
SELECT state FROM tasker_core_tasks WHERE task_id = :t;

-- Under row-level security the same happens.
CREATE ROLE regress_large NOLOGIN;
GRANT USAGE ON SCHEMA large_results TO regress_large;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA large_results TO regress_large;
REVOKE ALL ON large FROM regress_large;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA large_results TO regress_large;
DO $$DECLARE t regclass; BEGIN
    FOR t IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'large_results'::regnamespace AND relname LIKE 'tasker\_core\_%' AND relkind = 'r' LOOP
        EXECUTE format('REVOKE ALL ON %s FROM regress_large', t);
    END LOOP;
END$$;
SELECT task_id AS t FROM tasker_create_task('join', '{}') \gset
SELECT complete_all(:t, true);
SELECT task_id AS p FROM tasker_create_task('other', '{}') \gset
SELECT complete_all(:p, false);
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tasker_workflow_steps TO regress_large USING (task_id IN (:t, :p)) WITH CHECK (true);
SET ROLE regress_large;
SELECT step_name, parent_results FROM tasker_claim_steps('w', 10);
RESET ROLE;
ALTER TABLE tasker_workflow_steps DISABLE ROW LEVEL SECURITY;
SELECT state FROM tasker_core_tasks WHERE task_id = :t;

-- A step that waits for a task, or a signal, ends without what it cannot hold, and says so.
SELECT task_id AS t FROM tasker_create_task('parent', '{}') \gset
SELECT max(task_id) AS sub FROM tasker_tasks \gset
SELECT workflow_step_id AS s1, claim_token AS k1 FROM tasker_claim_steps('w', 1, task_id => :sub) \gset
SELECT workflow_step_id AS s2, claim_token AS k2 FROM tasker_claim_steps('w', 1, task_id => :sub) \gset
SELECT task_state FROM tasker_complete_step(:s1, (SELECT value FROM large), :'k1');
SELECT task_state FROM tasker_complete_step(:s2, (SELECT value FROM large), :'k2');
SELECT step.step_name, step.state, told.results - 'task_id' AS results FROM (SELECT s.*, n.name AS step_name FROM tasker_core_steps AS s JOIN tasker_named_steps AS n USING (named_step_id)) AS step JOIN tasker_workflow_steps AS told USING (workflow_step_id)
WHERE step.task_id = :t ORDER BY 1;
SELECT step_name, parent_results -> 'sub' -> 'left_out' AS note FROM tasker_claim_steps('w', 10);
SELECT task_id AS t FROM tasker_create_task('signalled', '{}') \gset
SELECT is_new FROM tasker_signal(:t, 'go', to_jsonb(repeat('x', 268435440)));
SELECT left(results::text, 20) AS begins, results ->> 'left_out' AS note FROM tasker_workflow_steps WHERE task_id = :t;

-- A failure is stored whatever the step has left behind before.
SELECT task_id AS t FROM tasker_create_task('other', '{}') \gset
SELECT workflow_step_id AS s, claim_token AS k FROM tasker_claim_steps('w', task_id => :t) \gset
UPDATE tasker_workflow_steps SET results = jsonb_build_object('big', value) FROM large WHERE workflow_step_id = :s;
SELECT state FROM tasker_fail_step(:s, (SELECT jsonb_build_object('error', 'no', 'dump', value) FROM large), claim_token => :'k');
SELECT results - 'dump' AS results FROM tasker_workflow_steps WHERE workflow_step_id = :s;

DROP SCHEMA large_results CASCADE;
DROP ROLE regress_large;
