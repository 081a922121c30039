CREATE FUNCTION demo.start_step(step_id bigint)
RETURNS text
LANGUAGE plpgsql
AS $$
BEGIN
    -- A failed step becomes pending before it runs again: error to in_progress is not permitted.
    IF EXISTS (SELECT FROM tasker_workflow_step_transitions
               WHERE workflow_step_id = step_id AND most_recent AND to_state = 'error') THEN
        PERFORM demo.move_step(step_id, 'pending');
    END IF;
    PERFORM demo.move_step(step_id, 'in_progress');
    RETURN (SELECT name
            FROM tasker_workflow_steps
            JOIN tasker_named_steps USING (named_step_id)
            WHERE workflow_step_id = step_id);
END
$$;

COMMENT ON FUNCTION demo.start_step(bigint) IS
'A worker begins a step. Returns the name of the step.';
