-- An installation for hostile_path.sql, in the schema :installation: every function finds something to do in it.
-- A worker sees every row, a tenant all but task 2. Neither has rights on the side tables.

CREATE SCHEMA :installation;
SET search_path = :installation, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
-- Both roles are members of the role that reads events.
SELECT tasker_subscribe('mail') AS is_new;
UPDATE tasker_core_consumers SET role = 'hostile_reader';
\i :helpers
\i :calls
SELECT count(setval(oid::regclass, 1000)) > 0 AS numbered FROM pg_class
WHERE relnamespace = :'installation'::regnamespace AND relkind = 'S';
SELECT make_task(1, 101, 3, '{{1,2},{2,3}}'), make_task(2, 201, 2), make_task(3, 301, 4, '{{1,2},{1,3},{2,4},{3,4}}'),
       make_task(4, 401, 1), make_task(5, 501, 1);
SELECT move_step(301, 'complete'), move_step(302, 'error'), move_task(5, 'error');
SELECT tasker_set_limit('task_name', 'order', 5);
SELECT tasker_set_config('backoff', '{"default_backoff_seconds": [1]}') > 0 AS configured;
SELECT count(*) AS registered FROM tasker_register_task('{"name":"t","step_templates":[
    {"name":"a"},
    {"name":"b","depends_on_step":"a","wait":{"signal":"go"}},
    {"name":"c","depends_on_step":"a","when":{"a":"$.go"}}]}');
SELECT count(*) AS created FROM tasker_create_task('t', '{"n": 1}');
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => 1) \gset
SELECT attempts FROM tasker_fail_step(401, '{}', claim_token => (
    SELECT claim_token FROM tasker_claim_steps('worker', 1, task_id => 4)));
SELECT position FROM tasker_read_events('mail', 1) \gset
-- Both roles are members of the role that has defined the schedule.
SELECT created FROM tasker_schedule('nightly', 't', '@daily');
UPDATE tasker_core_schedules SET role = 'hostile_reader';
\i :arguments
-- For calls that need the token of a claim.
CREATE FUNCTION token(step bigint) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = :installation, pg_catalog
AS $$ SELECT claim_token FROM tasker_core_leases WHERE workflow_step_id = step AND ended_as IS NULL $$;
GRANT USAGE ON SCHEMA :installation TO hostile_worker, hostile_tenant;
GRANT SELECT ON called TO hostile_worker, hostile_tenant;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA :installation TO hostile_worker, hostile_tenant;
SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO hostile_worker, hostile_tenant', oid::regclass)
FROM pg_class WHERE relnamespace = :'installation'::regnamespace AND relkind = 'r'
    AND relname LIKE 'tasker\_%' AND relname NOT LIKE 'tasker\_core\_%' \gexec
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasker_tasks USING (task_id <> 2);
CREATE POLICY tenant ON tasker_workflow_steps USING (task_id <> 2);
