CREATE FUNCTION @extschema@.tasker_find_transitions(
    subject text DEFAULT 'step',
    task_id bigint DEFAULT NULL,
    workflow_step_id bigint DEFAULT NULL,
    to_states text[] DEFAULT NULL,
    since timestamptz DEFAULT NULL,
    until timestamptz DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    metadata_key text DEFAULT NULL,
    attempt integer DEFAULT NULL,
    retries boolean DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    step_name text DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    transition_id bigint,
    task_id bigint,
    workflow_step_id bigint,
    namespace text,
    task_name text,
    version text,
    step_name text,
    from_state text,
    to_state text,
    event text,
    entered_at timestamptz,
    since_previous interval,
    attempt integer,
    is_retry boolean,
    is_current boolean,
    metadata jsonb
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_find_transitions';

COMMENT ON FUNCTION @extschema@.tasker_find_transitions(text, bigint, bigint, text[], timestamptz,
    timestamptz, jsonb, text, integer, boolean, text, text, text, bigint, integer) IS
'Returns the transitions of steps (subject step) or tasks (task), the latest first. A NULL '
'argument does not filter. metadata: members that the metadata contain. retries: true finds the '
'transitions by which failed steps return to pending (is_retry), false all others. until: '
'exclusive. To page, pass the last id as after_id.

Errors: 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the transitions and the tables of '
'their names. Complexity: O(transitions skipped).';
