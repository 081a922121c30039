-- A claim finds what is ready, whatever stands in front of it: steps that are not ready, rows of open transactions, and,
-- under row-level security, the work of others. What it looks at fits into the lock table.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE find_owner;
CREATE ROLE find_blue;
CREATE ROLE find_red;
CREATE SCHEMA claims_find AUTHORIZATION find_owner;
GRANT USAGE ON SCHEMA claims_find TO find_blue, find_red;
SET search_path = claims_find, public;
SET ROLE find_owner;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT count(*) AS registered
FROM jsonb_array_elements('[
    {"name": "join", "step_templates": [{"name": "fast"}, {"name": "slow"}, {"name": "both", "depends_on_steps": ["fast", "slow"]}]},
    {"name": "single", "step_templates": [{"name": "x"}]},
    {"name": "pair", "step_templates": [{"name": "a"}, {"name": "b"}]}
]') AS template, tasker_register_task(template);

CREATE FUNCTION create_tasks(named text, number integer, context jsonb DEFAULT '{}') RETURNS bigint LANGUAGE sql
AS $$
    SELECT count(*) FROM tasker_create_tasks((
        SELECT jsonb_agg(jsonb_build_object('task_name', named, 'context', context || jsonb_build_object('i', i)))
        FROM generate_series(1, number) AS i))
$$;
CREATE FUNCTION clear_all() RETURNS bigint LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM tasker_workflow_step_transitions;
    DELETE FROM tasker_workflow_step_edges;
    DELETE FROM tasker_workflow_steps;
    DELETE FROM tasker_task_transitions;
    DELETE FROM tasker_tasks;
    RETURN (SELECT count(*) FROM tasker_core_hints);
END
$$;

-- Each of these steps waits for its second parent, and each has a hint of the first one. The step behind them is in the first
-- claim, and listed; the hints in front are gone, and the steps are found once their time has come.
CREATE FUNCTION wait_in_front(number integer) RETURNS bigint LANGUAGE sql
AS $$
    SELECT create_tasks('join', number);
    SELECT count(*) FROM tasker_claim_steps('slow', number, '1 day', step_names => '{slow}');
    SELECT count(*) FROM (
        SELECT tasker_complete_steps(array_agg(workflow_step_id), array_agg(claim_token))
        FROM tasker_claim_steps('fast', number, step_names => '{fast}')) AS done;
    SELECT create_tasks('single', 1);
    SELECT count(*) FROM tasker_core_hints;
$$;
SELECT wait_in_front(1000) AS hints;
SELECT place, step_name, source FROM tasker_next_steps(5);
SELECT step_name FROM tasker_claim_steps('w');
SELECT count(*) AS hints FROM tasker_core_hints;
SELECT count(*) FROM (
    SELECT tasker_complete_steps(array_agg(workflow_step_id), array_agg(claim_token))
    FROM tasker_core_leases WHERE worker = 'slow') AS done;
SELECT step_name, count(*) FROM tasker_claim_steps('w', 5000) GROUP BY step_name;
SELECT clear_all() AS hints;

-- By name, at REPEATABLE READ, and for schedulers.
SELECT wait_in_front(300) AS hints;
BEGIN;
SELECT step_name FROM tasker_claim_steps('w', step_names => '{both,x}');
ROLLBACK;
BEGIN;
SELECT step_name FROM tasker_claim_steps('w', namespaces => '{default}');
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT step_name FROM tasker_claim_steps('w');
ROLLBACK;
SELECT task_name, ready_steps FROM tasker_due_tasks('s', 1);
SELECT clear_all() AS hints;

-- What several names mean is claimed by rank, not name by name.
SELECT create_tasks('pair', 1);
SELECT create_tasks('single', 2);
BEGIN;
SELECT step_name FROM tasker_claim_steps('w', step_names => '{x,a}');
SELECT step_name FROM tasker_claim_steps('w', 2, namespaces => '{default}') ORDER BY 1;
ROLLBACK;
SELECT clear_all() AS hints;

-- A call of a scheduler locks a bounded number of locks, however many tasks it is handed; so does a claim under a limit on a key.
SELECT create_tasks('single', 2300);
BEGIN;
SELECT count(*) FROM tasker_due_tasks('s', 2300);
SELECT count(*) <= 2048 AS is_bounded FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
ROLLBACK;
SELECT count(*) FROM tasker_set_limit('key', 'i', 1);
BEGIN;
SELECT count(*) FROM tasker_claim_steps('w', 2300);
SELECT count(*) <= 2048 AS is_bounded FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
ROLLBACK;
SELECT count(*) FROM tasker_set_limit('key', 'i', NULL);
SELECT clear_all() AS hints;

-- Row-level security: the work of others is passed over.
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasker_tasks TO find_blue, find_red USING (context->>'tenant' = current_user::text);
CREATE POLICY tenant ON tasker_workflow_steps TO find_blue, find_red
    USING (EXISTS (SELECT FROM tasker_tasks AS task WHERE task.task_id = tasker_workflow_steps.task_id));
GRANT SELECT, INSERT, UPDATE ON tasker_tasks, tasker_workflow_steps, tasker_workflow_step_edges,
    tasker_workflow_step_transitions, tasker_task_transitions, tasker_named_steps, tasker_named_tasks, tasker_task_namespaces
    TO find_blue, find_red;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA claims_find TO find_blue, find_red;
SELECT create_tasks('pair', 600, '{"tenant": "find_red"}'), create_tasks('pair', 2, '{"tenant": "find_blue"}');
SELECT count(*) AS hints FROM tasker_core_hints;
SET ROLE find_blue;
CREATE FUNCTION pg_temp.mine(task bigint) RETURNS boolean LANGUAGE sql
AS $$ SELECT EXISTS (SELECT FROM tasker_tasks WHERE task_id = task) $$;
SELECT place, step_name, pg_temp.mine(task_id) FROM tasker_next_steps(3);
SELECT count(*) FROM tasker_find_steps('ready');
SELECT count(*) FROM tasker_stuck_tasks('0');
SELECT count(*) FROM tasker_dead_letters();
SELECT task_name, ready_steps, pg_temp.mine(task_id) FROM tasker_due_tasks('s', 1);
SELECT step_name, task_name, pg_temp.mine(task_id) FROM tasker_claim_steps('w');
SELECT step_name, pg_temp.mine(task_id) FROM tasker_claim_steps('w', step_names => '{b}');
SELECT step_name, pg_temp.mine(task_id) FROM tasker_claim_steps('w', task_names => '{pair}');
SELECT step_name, pg_temp.mine(task_id) FROM tasker_claim_steps('w', 10);
SELECT count(*) FROM tasker_claim_steps('w', 10);
SELECT count(*) FROM tasker_next_steps(3);
-- The task of another tenant, by its id.
RESET ROLE;
SELECT min(task_id) AS of_red FROM tasker_tasks WHERE context->>'tenant' = 'find_red' \gset
SET ROLE find_blue;
SELECT count(*) FROM tasker_claim_steps('w', 10, task_id => :of_red);
-- No hint of the other tenant's has been touched.
SET ROLE find_owner;
SELECT count(*) AS hints, count(*) FILTER (WHERE xmax::text <> '0') AS locked, count(*) FILTER (WHERE offered_until > '-infinity') AS offered
FROM tasker_core_hints;
SELECT count(*) FILTER (WHERE step.xmax::text <> '0') AS locked FROM tasker_workflow_steps AS step JOIN tasker_tasks USING (task_id)
WHERE tasker_tasks.context->>'tenant' = 'find_red';
SET ROLE find_red;
SELECT count(*) FROM tasker_claim_steps('w', 5000);
RESET ROLE;
SELECT severity, check_name FROM tasker_doctor() WHERE severity <> 'ok' AND check_name LIKE '%side%';

DROP FUNCTION pg_temp.mine(bigint);
DROP SCHEMA claims_find CASCADE;
DROP ROLE find_blue, find_red, find_owner;
