CREATE FUNCTION demo.move_task(moved_task_id bigint, new_state text)
RETURNS void
LANGUAGE sql
AS $$
    UPDATE tasker_task_transitions
    SET most_recent = false, updated_at = demo.present()
    WHERE task_id = moved_task_id AND most_recent;

    INSERT INTO tasker_task_transitions
        (task_id, to_state, sort_key, most_recent, created_at, updated_at)
    SELECT moved_task_id, new_state, COALESCE(max(sort_key), 0) + 10, true,
           demo.present(), demo.present()
    FROM tasker_task_transitions
    WHERE task_id = moved_task_id;
$$;

COMMENT ON FUNCTION demo.move_task(bigint, text) IS
'Stores a transition of a task, as the engine does.';
