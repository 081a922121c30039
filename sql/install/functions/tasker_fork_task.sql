CREATE FUNCTION @extschema@.tasker_fork_task(
    task_id   bigint,
    from_step text  DEFAULT NULL,
    options   jsonb DEFAULT '{}'
)
RETURNS TABLE (
    task_id       bigint,
    created       boolean,
    identity_hash text,
    copied_steps  bigint,
    open_steps    bigint
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_fork_task';

COMMENT ON FUNCTION @extschema@.tasker_fork_task(bigint, text, jsonb) IS
'Runs a task again from a step (name or id; NULL: what has not ended well), as a new task; '
'what ended well is copied. options: context, initiator, source_system, reason, tags, '
'priority, deadline_seconds, on_deadline, identity_key, subtasks.

Errors: P0002; 22023; 22004; 23505; 40001; 42P01, 55000; 42501. Privileges: SELECT; INSERT on '
'tasks, steps, edges, transitions. Complexity: O(steps + edges).';
