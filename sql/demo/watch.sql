-- Looks on until the task is over: waits for something to happen, shows it, and begins again with
-- this file. Nothing in here moves a step. Expects task_id.

SELECT demo.wait_for_events(:task_id) AS headline
\gset

\ir show.sql

SELECT execution_status <> 'closed' AS goes_on
FROM tasker_task_context(:task_id)
\gset

\if :goes_on
    \ir watch.sql
\endif
