-- One turn: start what is ready, wait until something happens, show the task. The next turn is this file again:
-- for the extension, the present is the moment at which the client sent its statement. Expects task_id.

-- What runs next, tasker_ready_steps alone decides.
SELECT COALESCE(string_agg(demo.start_step(workflow_step_id), ', '), '') AS started
FROM tasker_ready_steps(:task_id)
\gset

SELECT '   tasker_ready_steps   '
    || CASE
           WHEN :'started' <> '' THEN :'started' || ': started'
           WHEN running.names IS NOT NULL THEN format('none; still running: %s', running.names)
           ELSE format('none, and nothing runs: so wait %s s for the backoff to elapse …',
                       to_char(EXTRACT(epoch FROM context.next_eligible_at - demo.present()), 'FM990.0'))
       END
FROM tasker_task_context(:task_id) AS context
CROSS JOIN (
    SELECT string_agg(name, ' and ') AS names
    FROM demo.running_steps
    WHERE task_id = :task_id
) AS running;

SELECT demo.wait_for_event(:task_id) AS headline
\gset

\ir show.sql

SELECT recommended_action <> 'finalize_task' AS goes_on
FROM tasker_task_context(:task_id)
\gset

\if :goes_on
    \ir turn.sql
\endif
