CREATE FUNCTION @extschema@.tasker_transition_stats(
    subject text DEFAULT 'step',
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    step_name text DEFAULT NULL
)
RETURNS TABLE (
    from_state text,
    to_state text,
    transitions bigint,
    subjects bigint,
    first_at timestamptz,
    last_at timestamptz,
    average_seconds double precision,
    median_seconds double precision,
    p95_seconds double precision
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 20
AS 'MODULE_PATHNAME', 'tasker_transition_stats';

COMMENT ON FUNCTION @extschema@.tasker_transition_stats(text, timestamptz, timestamptz, text, text,
    text) IS
'Returns how often steps (subject step) or tasks (task) moved from each state to each other state '
'after since (NULL: in the last day) and before until. Each row has the number of transitions, the '
'number of steps or tasks, and how many seconds they had been in the state before.

Errors: 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the transitions and the tables of '
'their names. Complexity: one pass over the transitions, an index look-up for each that counts.';
