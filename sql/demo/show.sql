-- Prints one picture of the task: the latest events, each step with its state, and what
-- tasker_task_context() recommends. Beside the state stands the worker that runs the step, or the
-- reason why the step does not run.
--
-- Expects task_id, headline (the events) and redraw (the control sequence that clears a terminal;
-- empty if the output is no terminal).

-- All queries of a picture see the same moment, although the workers continue.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

\echo :redraw
SELECT format('[%s s] %s', to_char(EXTRACT(epoch FROM demo.present() - requested_at), 'FM990.0'),
              :'headline')
FROM tasker_tasks
WHERE task_id = :task_id;

SELECT rtrim(format('   %s %s %s %s',
        CASE WHEN readiness.ready_for_execution THEN '➜'
             WHEN readiness.current_state = 'complete' THEN '✔'
             WHEN readiness.current_state = 'in_progress' THEN '▶'
             WHEN readiness.current_state = 'error' THEN '✘'
             ELSE '·' END,
        rpad(tree.line, 24),
        rpad(readiness.current_state, 12),
        CASE
            WHEN readiness.ready_for_execution AND readiness.attempts = 0 THEN 'ready to run'
            WHEN readiness.ready_for_execution THEN 'ready to run again'
            WHEN readiness.current_state = 'complete' AND readiness.attempts > 1
                THEN format('in attempt %s', readiness.attempts)
            WHEN readiness.current_state = 'in_progress'
                THEN format('%s%s', lease.worker, ', attempt ' || NULLIF(lease.attempt, 1))
            WHEN readiness.current_state = 'complete' THEN ''
            WHEN readiness.blocking_reason = 'waiting_for_backoff'
                THEN format('attempt %s of %s failed; it may run again in %s s',
                            readiness.attempts, readiness.retry_limit,
                            to_char(EXTRACT(epoch FROM readiness.next_eligible_at - demo.present()),
                                    'FM990.0'))
            -- Leaves out the beginning of the sentence, which repeats the name of the step.
            ELSE regexp_replace(tasker_explain_step(tree.workflow_step_id) ->> 'summary',
                                '^Step "[^"]*" cannot run: |\.$', '', 'g')
        END))
FROM demo.tree AS tree
JOIN tasker_step_readiness(:task_id) AS readiness USING (workflow_step_id)
LEFT JOIN tasker_core_leases AS lease USING (workflow_step_id)
ORDER BY tree.path;

SELECT format('   tasker_task_context  %s %% complete, %s; advice: %s',
              round(completion_percentage), health_status, recommended_action)
FROM tasker_task_context(:task_id);

COMMIT;
