CREATE FUNCTION demo.move_step(step_id bigint, new_state text)
RETURNS void
LANGUAGE sql
AS $$
    UPDATE tasker_workflow_step_transitions
    SET most_recent = false, updated_at = demo.present()
    WHERE workflow_step_id = step_id AND most_recent;

    INSERT INTO tasker_workflow_step_transitions
        (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at)
    SELECT step_id, new_state, COALESCE(max(sort_key), 0) + 10, true,
           demo.present(), demo.present()
    FROM tasker_workflow_step_transitions
    WHERE workflow_step_id = step_id;
$$;

COMMENT ON FUNCTION demo.move_step(bigint, text) IS
'Stores a transition of a step, as the engine does. It does not judge the transition: check.sql does, at the end.';
