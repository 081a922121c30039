-- Tasks are deleted with all that belongs to them.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA delete_task;
SET search_path = delete_task, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT created FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "pay"}, {"name": "ship", "depends_on_step": "pay"}]}');
SELECT created FROM tasker_register_task('{"name": "whole", "step_templates": [
    {"name": "part", "subtask": {"task_name": "order"}}, {"name": "after", "depends_on_step": "part"}]}');
-- How many rows of tasks there are, in the engine's tables and in ours.
CREATE VIEW row_counts AS
SELECT relation.relname AS table_name,
    (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM delete_task.%I', relation.relname), true, true, '')))[1]::text::integer AS rows
FROM pg_class AS relation
WHERE relation.relnamespace = 'delete_task'::regnamespace AND relation.relkind = 'r'
    AND relation.relname !~ 'named|namespaces|systems|templates|counts|config|annotation_types';
CREATE TABLE before AS SELECT * FROM row_counts;
CREATE VIEW left_behind AS
SELECT table_name, now.rows - before.rows AS more FROM row_counts AS now JOIN before USING (table_name) WHERE now.rows <> before.rows;

-- A running task is refused, and deleted by force; its worker gets an error.
SELECT task_id AS t FROM tasker_create_task('order', options => '{"priority": 5}') \gset
SELECT workflow_step_id AS s, claim_token AS token FROM tasker_claim_steps('worker') \gset
SELECT tasker_annotate_task(:t, 'note', '{"by": "Ann"}') > 0 AS annotated;
SELECT tasker_pause_task(:t, 'to be deleted');
SELECT * FROM tasker_delete_task(:t);
SELECT count(*) > 0 AS is_there FROM left_behind;
SELECT * FROM tasker_delete_task(:t, force => true);
SELECT * FROM left_behind;
SELECT * FROM tasker_complete_step(:s, '{}', :'token');
SELECT * FROM tasker_delete_task(:t);

-- One that has ended needs no force.
SELECT task_id AS t FROM tasker_create_task('order') \gset
SELECT tasker_cancel_task(:t) IS NOT NULL AS cancelled;
SELECT * FROM tasker_delete_task(:t);
SELECT * FROM left_behind;

-- A rollback brings it back.
SELECT task_id AS t FROM tasker_create_task('order') \gset
BEGIN;
SELECT * FROM tasker_delete_task(:t, true);
ROLLBACK;
SELECT step_name FROM tasker_claim_steps('worker');
SELECT * FROM tasker_delete_task(:t, true);
SELECT * FROM left_behind;

-- A task that waits for the deleted one does not wait without end.
SELECT task_id AS whole FROM tasker_create_task('whole') \gset
SELECT decided FROM tasker_maintain();
SELECT task_id AS part FROM tasker_find_tasks(task_name => 'order') \gset
SELECT * FROM tasker_delete_task(:part, true);
SELECT finalized FROM tasker_maintain();
SELECT step.step_name, step.state, told.results FROM (SELECT s.*, n.name AS step_name FROM tasker_core_steps AS s JOIN tasker_named_steps AS n USING (named_step_id)) AS step JOIN tasker_workflow_steps AS told USING (workflow_step_id)
WHERE step.task_id = :whole ORDER BY 1;
SELECT * FROM tasker_delete_task(:whole, true);
-- A word that it left is dropped by maintenance.
SELECT finalized FROM tasker_maintain();
SELECT * FROM left_behind;
SELECT * FROM tasker_doctor();

-- By hand, in the order of the foreign keys: nothing is left either.
SELECT task_id AS t FROM tasker_create_task('order') \gset
SELECT count(*) FROM tasker_claim_steps('worker');
DELETE FROM tasker_task_transitions WHERE task_id = :t;
DELETE FROM tasker_workflow_step_transitions WHERE workflow_step_id IN (SELECT workflow_step_id FROM tasker_workflow_steps WHERE task_id = :t);
DELETE FROM tasker_workflow_step_edges WHERE to_step_id IN (SELECT workflow_step_id FROM tasker_workflow_steps WHERE task_id = :t);
DELETE FROM tasker_workflow_steps WHERE task_id = :t;
DELETE FROM tasker_tasks WHERE task_id = :t;
SELECT * FROM left_behind;
SELECT * FROM tasker_doctor();

-- TRUNCATE of the edges is followed like a DELETE: what has lost its parents may run.
SELECT count(*) FROM generate_series(1, 3) AS n, tasker_create_task('order', jsonb_build_object('n', n));
SELECT step_name FROM tasker_claim_steps('worker');
TRUNCATE tasker_workflow_step_edges;
SELECT step_name, count(*) FROM tasker_claim_steps('worker', 10) GROUP BY 1 ORDER BY 1;
SELECT * FROM tasker_doctor();
TRUNCATE tasker_tasks CASCADE;
SELECT * FROM left_behind;
SELECT * FROM tasker_doctor();

-- Odd arguments.
SELECT * FROM tasker_delete_task(NULL);
SELECT * FROM tasker_delete_task(1, NULL);
SELECT * FROM tasker_delete_task(4711);

-- A role without DELETE, one that only reads, and one from which the task is hidden.
SELECT task_id AS t FROM tasker_create_task('order') \gset
CREATE ROLE delete_task_worker;
GRANT USAGE ON SCHEMA delete_task TO delete_task_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA delete_task TO delete_task_worker;
SET ROLE delete_task_worker;
SELECT * FROM tasker_delete_task(:t, true);
RESET ROLE;
GRANT UPDATE, INSERT ON ALL TABLES IN SCHEMA delete_task TO delete_task_worker;
SET ROLE delete_task_worker;
SELECT * FROM tasker_delete_task(:t, true);
RESET ROLE;
GRANT DELETE ON ALL TABLES IN SCHEMA delete_task TO delete_task_worker;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY none ON tasker_tasks USING (false);
SET ROLE delete_task_worker;
SELECT * FROM tasker_delete_task(:t, true);
RESET ROLE;
DROP POLICY none ON tasker_tasks;
CREATE POLICY every ON tasker_tasks USING (true);
SET ROLE delete_task_worker;
SELECT * FROM tasker_delete_task(:t, true);
RESET ROLE;
SELECT * FROM left_behind;

DROP SCHEMA delete_task CASCADE;
DROP OWNED BY delete_task_worker;
DROP ROLE delete_task_worker;
