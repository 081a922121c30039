CREATE VIEW demo.events AS
SELECT step.task_id, 'step' AS subject, change.id, change.created_at,
       CASE change.to_state
           WHEN 'in_progress'
           THEN format('%s has claimed %s%s', change.metadata ->> 'worker', named_step.name,
                       ', attempt ' || NULLIF(change.metadata ->> 'attempt_number', '1'))
           WHEN 'complete'
           THEN format('%s has completed %s', change.metadata ->> 'worker', named_step.name)
           WHEN 'error'
           THEN format('%s has failed %s: "%s"', change.metadata ->> 'worker', named_step.name,
                       change.metadata ->> 'error_message')
           WHEN 'pending' THEN format('the backoff of %s has elapsed', named_step.name)
           ELSE format('%s is %s', named_step.name, change.to_state)
       END AS event
FROM tasker_workflow_step_transitions AS change
JOIN tasker_workflow_steps AS step USING (workflow_step_id)
JOIN tasker_named_steps AS named_step USING (named_step_id)
UNION ALL
SELECT task_id, 'task', id, created_at, format('the task is %s', replace(to_state, '_', ' '))
FROM tasker_task_transitions;

COMMENT ON VIEW demo.events IS
'Describes each transition of a task, and of its steps, in words. The worker of a claim is in the '
'metadata.';
