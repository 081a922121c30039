-- Drives the task from "pending" to "complete". Expects task_id.

SELECT demo.move_task(:task_id, 'in_progress') AS moved
\gset
\set headline 'the task is in progress'
\ir show.sql

\ir turn.sql

-- As the last turn was advised to.
BEGIN;
UPDATE tasker_tasks
SET complete = true, updated_at = demo.present()
WHERE task_id = :task_id;
SELECT demo.move_task(:task_id, 'complete') AS moved
\gset
COMMIT;

\echo '   Done: the task is complete.'
