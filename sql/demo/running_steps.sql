CREATE VIEW demo.running_steps AS
SELECT step.task_id, step.workflow_step_id, named_step.name,
       transition.created_at + (step.inputs ->> 'work_seconds')::float8 * interval '1 second' AS ends_at
FROM tasker_workflow_steps AS step
JOIN tasker_named_steps AS named_step USING (named_step_id)
JOIN tasker_workflow_step_transitions AS transition
    ON transition.workflow_step_id = step.workflow_step_id AND transition.most_recent
WHERE transition.to_state = 'in_progress';

COMMENT ON VIEW demo.running_steps IS
'The steps that run, and when their work will be done.';
