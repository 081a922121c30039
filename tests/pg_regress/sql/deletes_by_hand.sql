-- Tasks that are deleted by plain SQL leave no rows in the side tables, in whatever order their rows go.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA deletes_by_hand;
SET search_path = deletes_by_hand, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT created FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "pay"}, {"name": "ship", "depends_on_step": "pay"}, {"name": "wait", "wait": {"signal": "go"}},
  {"name": "part", "subtask": {"task_name": "job"}}]}');
SELECT created FROM tasker_register_task('{"name": "job", "step_templates": [{"name": "run"}, {"name":"w", "depends_on_step":"run"}]}');
CREATE VIEW row_counts AS
SELECT relation.relname AS table_name,
    (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM deletes_by_hand.%I', relation.relname), true, true, '')))[1]::text::integer AS rows
FROM pg_class AS relation
WHERE relation.relnamespace = 'deletes_by_hand'::regnamespace AND relation.relkind = 'r'
    AND relation.relname !~ 'named|namespaces|systems|templates|counts|config|annotation_types|core_limits';
CREATE TABLE before AS SELECT * FROM row_counts;
CREATE VIEW left_behind AS
SELECT table_name, now.rows - before.rows AS more FROM row_counts AS now JOIN before USING (table_name) WHERE now.rows <> before.rows;
-- Two tasks with rows in most side tables.
CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
DECLARE
    t bigint;
BEGIN
    SELECT task_id INTO t FROM tasker_create_task('order', jsonb_build_object('n', random()));
    PERFORM tasker_maintain();
    PERFORM tasker_set_limit('task_name', 'order', 1);
    PERFORM tasker_claim_steps('worker', task_id => t);
    PERFORM tasker_claim_steps('worker', task_id => t);
    PERFORM tasker_signal(t, 'other', '{}');
    PERFORM tasker_due_tasks('scheduler');
    PERFORM tasker_annotate_task(t, 'note', '{}');
    PERFORM tasker_fail_step(claimed.workflow_step_id, '{"message": "no"}', claim_token => claimed.claim_token)
    FROM tasker_find_tasks(task_name => 'job') AS job, tasker_claim_steps('worker', task_id => job.task_id) AS claimed;
END
$$;
CALL fill();
SELECT table_name FROM left_behind ORDER BY 1;

-- The engine's order.
BEGIN;
DELETE FROM tasker_task_annotations;
DELETE FROM tasker_task_transitions;
DELETE FROM tasker_workflow_step_transitions;
DELETE FROM tasker_workflow_step_edges;
DELETE FROM tasker_workflow_steps;
DELETE FROM tasker_tasks;
COMMIT;
SELECT * FROM left_behind;
SELECT * FROM tasker_doctor();

-- The edges first.
CALL fill();
BEGIN;
DELETE FROM tasker_workflow_step_edges;
DELETE FROM tasker_workflow_step_transitions;
DELETE FROM tasker_workflow_steps;
DELETE FROM tasker_task_annotations;
DELETE FROM tasker_task_transitions;
DELETE FROM tasker_tasks;
COMMIT;
SELECT * FROM left_behind;

-- Without foreign keys, the task first.
CALL fill();
BEGIN;
SET LOCAL session_replication_role = replica;
DELETE FROM tasker_tasks;
DELETE FROM tasker_workflow_steps;
DELETE FROM tasker_workflow_step_edges;
DELETE FROM tasker_workflow_step_transitions;
DELETE FROM tasker_task_transitions;
DELETE FROM tasker_task_annotations;
COMMIT;
SELECT * FROM left_behind;

-- tasker_delete_task().
CALL fill();
SELECT count(*) FROM tasker_find_tasks() AS task, tasker_delete_task(task.task_id, force => true);
SELECT * FROM left_behind;

-- With keys that cascade: the triggers of the steps fire after those of their task.
DO $$
DECLARE
    key record;
BEGIN
    FOR key IN
        SELECT conrelid::regclass AS table_name, conname, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint
        WHERE contype = 'f' AND confrelid IN ('tasker_tasks'::regclass, 'tasker_workflow_steps'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I %s ON DELETE CASCADE', key.table_name, key.conname, key.definition);
    END LOOP;
END
$$;
CALL fill();
DELETE FROM tasker_tasks;
SELECT * FROM left_behind;
SELECT * FROM tasker_doctor() WHERE check_name <> 'constraint_differs';

-- Steps without their tasks: the task has no step left to wait for.
CALL fill();
DELETE FROM tasker_workflow_steps;
SELECT table_name FROM left_behind ORDER BY 1;
SELECT finalized FROM tasker_maintain();
DELETE FROM tasker_tasks;
SELECT * FROM left_behind;

DROP SCHEMA deletes_by_hand CASCADE;
