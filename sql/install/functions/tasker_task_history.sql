CREATE FUNCTION @extschema@.tasker_task_history(task_id bigint)
RETURNS TABLE (
    transition_id bigint,
    sort_key integer,
    from_state text,
    to_state text,
    event text,
    entered_at timestamptz,
    left_at timestamptz,
    duration interval,
    is_current boolean,
    metadata jsonb
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_task_history';

COMMENT ON FUNCTION @extschema@.tasker_task_history(bigint) IS
'Returns the transitions of a task in the order of sort_key. from_state: if the writer left it '
'out, the state of the transition before; NULL for the first. event: the name of the engine''s '
'event for this transition; NULL for a state that does not exist. left_at and duration are NULL '
'for the last transition. A task without transitions returns no rows.

Errors: P0002 no such task, or row-level security hides it; 22004 for NULL; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on tasker_task_transitions, whose row-level '
'security applies, and under it on tasker_tasks. Complexity: O(n log n) of its transitions.';
