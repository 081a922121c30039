-- Follows the task until it ends: waits for an event, shows it, and includes itself again, since
-- psql has no loops. It only reads. Expects task_id.

SELECT demo.wait_for_events(:task_id) AS headline
\gset

\ir show.sql

SELECT execution_status <> 'closed' AS goes_on
FROM tasker_task_context(:task_id)
\gset

\if :goes_on
    \ir watch.sql
\endif
