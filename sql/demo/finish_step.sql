CREATE FUNCTION demo.finish_step(step_id bigint)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    present CONSTANT timestamp := demo.present();
    step record;
BEGIN
    SELECT name, retry_limit, COALESCE(attempts, 0) + 1 AS attempt, inputs ->> 'fails_once_with' AS failure
    INTO STRICT step
    FROM tasker_workflow_steps
    JOIN tasker_named_steps USING (named_step_id)
    WHERE workflow_step_id = step_id;

    -- The engine writes the row of the step first, then the transition.
    IF step.attempt = 1 AND step.failure IS NOT NULL THEN
        UPDATE tasker_workflow_steps
        SET attempts = step.attempt, last_attempted_at = present, in_process = false, processed = false,
            results = COALESCE(results, '{}')
                || jsonb_build_object('error', step.failure, 'error_class', 'Timeout::Error'),
            updated_at = present
        WHERE workflow_step_id = step_id;
        PERFORM demo.move_step(step_id, 'error');
        RETURN format('%s failed: "%s" (attempt %s of %s)',
                      step.name, step.failure, step.attempt, step.retry_limit);
    END IF;

    UPDATE tasker_workflow_steps
    SET attempts = step.attempt, last_attempted_at = present, in_process = false, processed = true,
        processed_at = present, results = '{"outcome": "done"}', updated_at = present
    WHERE workflow_step_id = step_id;
    PERFORM demo.move_step(step_id, 'complete');
    RETURN format('%s is complete%s', step.name, ', at attempt ' || NULLIF(step.attempt, 1));
END
$$;

COMMENT ON FUNCTION demo.finish_step(bigint) IS
'A worker ends a step: it completes, but if its inputs say "fails_once_with", the first attempt fails. Returns what happened.';
