-- tasker_maintain() deletes ended tasks by the section retention of the configuration.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA retention;
SET search_path = retention, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT option_name, value, description FROM tasker_config('retention');
SELECT created FROM tasker_register_task('{"name": "job", "step_templates": [{"name": "run"}]}');
SELECT created FROM tasker_register_task('{"name": "job", "namespace_name": "shop", "step_templates": [{"name": "run"}]}');
SELECT created FROM tasker_register_task('{"name": "order", "namespace_name": "shop", "step_templates": [{"name": "run"}]}');
CREATE VIEW left_tasks AS SELECT task_id, namespace, task_name, current_state FROM tasker_find_tasks() ORDER BY 1;

-- Of each name: a complete, a cancelled, a failed and a running task.
CREATE PROCEDURE fill(namespace text, task_name text) LANGUAGE plpgsql AS $$
DECLARE
    created bigint[];
BEGIN
    SELECT array_agg(task.task_id ORDER BY task.task_id) INTO created
    FROM generate_series(1, 4) AS n, tasker_create_task($2, jsonb_build_object('n', n), $1, options => '{"identity": "none"}') AS task;
    PERFORM tasker_complete_step(claimed.workflow_step_id, '{}', claimed.claim_token) FROM tasker_claim_steps('worker', task_id => created[1]) AS claimed;
    PERFORM tasker_cancel_task(created[2]);
    PERFORM tasker_fail_step(claimed.workflow_step_id, '{}', retryable => false, claim_token => claimed.claim_token) FROM tasker_claim_steps('worker', task_id => created[3]) AS claimed;
END
$$;
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CALL fill('default', 'job');
CALL fill('shop', 'job');
CALL fill('shop', 'order');
SELECT * FROM left_tasks;

-- Off: nothing is deleted, whatever the age.
SET tasker_core.fake_now = '2027-01-01 12:00:00+00';
SELECT trimmed FROM tasker_maintain();
SELECT tasker_set_config('retention', '{"complete_after_hours": 1, "failed_after_hours": 1}') AS version;
SELECT trimmed FROM tasker_maintain();

-- On for a namespace: complete tasks after an hour, cancelled ones after 30 days, failed ones never, although they are elsewhere.
SET tasker_core.fake_now = '2026-01-01 12:59:59+00';
SELECT tasker_set_config('retention', '{"enabled": true, "failed_after_hours": -1}', 'namespace:shop') AS version;
SELECT trimmed FROM tasker_maintain();
SET tasker_core.fake_now = '2026-01-01 13:00:00.1+00';
SELECT trimmed, put_aside FROM tasker_maintain();
SELECT * FROM left_tasks;
SELECT tasker_set_config('retention', '{"failed_after_hours": 2, "cancelled_after_hours": 2}', 'task_name:order') AS version;
SET tasker_core.fake_now = '2026-01-01 14:00:00.1+00';
SELECT trimmed, put_aside FROM tasker_maintain();
SELECT * FROM left_tasks;
-- Off for a name, and for a single task.
SELECT tasker_set_config('retention', '{"enabled": true, "failed_after_hours": -1}') AS version;
SELECT tasker_set_config('retention', '{"enabled": false}', 'task:1') AS version;
SELECT trimmed FROM tasker_maintain();
SELECT tasker_set_config('retention', '{"enabled": null}', 'task:1') AS version;
SELECT tasker_set_config('retention', '{"enabled": false}', 'task_name:job') AS version;
SELECT trimmed FROM tasker_maintain();
SELECT tasker_set_config('retention', '{"enabled": null}', 'task_name:job') AS version;
-- In rounds.
SET tasker_core.fake_now = '2026-03-01 12:00:00+00';
SELECT tasker_set_config('retention', '{"tasks_per_round": 1}') AS version;
SELECT trimmed FROM tasker_maintain();
SELECT trimmed FROM tasker_maintain();
SELECT trimmed FROM tasker_maintain();
SELECT trimmed FROM tasker_maintain();
SELECT * FROM left_tasks;

-- Refused by a trigger of the owner: others go on, and it is tried again later.
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'kept for the auditor'; END $$;
CREATE TRIGGER keep BEFORE DELETE ON tasker_tasks FOR EACH ROW WHEN (OLD.reason = 'audit') EXECUTE FUNCTION keep();
SELECT tasker_set_config('retention', '{"tasks_per_round": 100, "failed_after_hours": 1}') AS version;
CALL fill('default', 'job');
UPDATE tasker_tasks SET reason = 'audit' WHERE task_id = 13;
SET tasker_core.fake_now = '2026-03-02 12:00:00+00';
SELECT trimmed, put_aside FROM tasker_maintain();
SELECT trimmed, put_aside FROM tasker_maintain();
SELECT object, detail FROM tasker_doctor();
SET tasker_core.fake_now = '2026-03-02 12:00:11+00';
SELECT trimmed, put_aside FROM tasker_maintain();
DROP TRIGGER keep ON tasker_tasks;
SET tasker_core.fake_now = '2026-03-02 12:01:00+00';
SELECT trimmed, put_aside FROM tasker_maintain();
SELECT count(*) FROM tasker_core_troubles;
SELECT * FROM left_tasks;
-- A task that another program deletes meanwhile leaves nothing behind.
CALL fill('default', 'job');
CREATE TRIGGER keep BEFORE DELETE ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION keep();
SET tasker_core.fake_now = '2026-03-03 12:00:00+00';
SELECT trimmed, put_aside FROM tasker_maintain();
DROP TRIGGER keep ON tasker_tasks;
SELECT count(*) FROM tasker_find_tasks() AS task, tasker_delete_task(task.task_id, true);
SELECT trimmed, put_aside FROM tasker_maintain();
SELECT count(*) FROM tasker_core_troubles;

-- A trigger of a role that the owner does not trust: nothing is deleted, nothing of it runs.
CALL fill('default', 'job');
CREATE ROLE retention_role;
GRANT USAGE, CREATE ON SCHEMA retention TO retention_role;
GRANT TRIGGER ON tasker_task_annotations TO retention_role;
SET ROLE retention_role;
CREATE FUNCTION foreign_code() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'foreign code runs as %', current_user; RETURN OLD; END $$;
CREATE TRIGGER foreign_code BEFORE DELETE ON tasker_task_annotations FOR EACH ROW EXECUTE FUNCTION foreign_code();
RESET ROLE;
SELECT tasker_annotate_task(task_id, 'note', '{}') > 0 AS annotated FROM left_tasks WHERE current_state = 'complete';
SET tasker_core.fake_now = '2026-03-04 12:00:00+00';
SELECT trimmed, put_aside FROM tasker_maintain();
DROP TRIGGER foreign_code ON tasker_task_annotations;
REVOKE TRIGGER ON tasker_task_annotations FROM retention_role;

-- A worker, that may delete nothing itself, runs the policy as the owner. Under row-level security, too, but not in a block.
GRANT SELECT, UPDATE ON tasker_tasks, tasker_workflow_steps, tasker_task_transitions, tasker_workflow_step_transitions TO retention_role;
GRANT SELECT ON tasker_workflow_step_edges, tasker_named_steps TO retention_role;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY none ON tasker_tasks USING (false);
SET ROLE retention_role;
BEGIN;
SELECT * FROM tasker_maintain();
COMMIT;
RESET ROLE;
SELECT count(*) FROM left_tasks;
SET ROLE retention_role;
SELECT * FROM tasker_maintain();
RESET ROLE;
SELECT * FROM left_tasks;
SELECT * FROM tasker_doctor() WHERE check_name <> 'row_security';

-- Odd options.
SELECT tasker_set_config('retention', '{"enabled": 1, "complete_after_hours": -2, "tasks_per_round": 0, "keep_days": 1}');

DROP SCHEMA retention CASCADE;
DROP OWNED BY retention_role;
DROP ROLE retention_role;
