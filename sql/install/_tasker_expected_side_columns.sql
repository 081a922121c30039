CREATE FUNCTION @extschema@._tasker_expected_side_columns()
RETURNS TABLE (
    table_name         text,
    column_position    integer,   -- the first one is the primary key
    column_name        text,
    type_name          text,
    not_null           boolean,
    default_expression text,
    meaning            text
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 19
AS $$
    VALUES
        ('tasker_core_steps', 1, 'workflow_step_id', 'bigint', true, NULL, 'the step'),
        ('tasker_core_steps', 2, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_steps', 3, 'created_at', 'timestamp without time zone', true, NULL, 'when the step was created (UTC)'),
        ('tasker_core_steps', 4, 'state_since', 'timestamp without time zone', false, NULL, 'when its current transition was made (UTC); NULL when there is none'),
        ('tasker_core_steps', 5, 'last_attempted_at', 'timestamp without time zone', false, NULL, 'as in the step (UTC)'),
        ('tasker_core_steps', 6, 'named_step_id', 'integer', true, NULL, 'as in the step'),
        ('tasker_core_steps', 7, 'attempts', 'integer', false, NULL, 'as in the step'),
        ('tasker_core_steps', 8, 'retry_limit', 'integer', false, NULL, 'as in the step'),
        ('tasker_core_steps', 9, 'backoff_request_seconds', 'integer', false, NULL, 'as in the step'),
        ('tasker_core_steps', 10, 'retryable', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 11, 'in_process', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 12, 'processed', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 13, 'skippable', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 14, 'state', 'text', true, NULL, 'the state that its current transition leads to; pending when there is none'),
        ('tasker_core_steps', 15, 'parent_step_ids', 'bigint[]', true, NULL, 'where its incoming edges come from, in order; a duplicate edge is a duplicate id'),
        ('tasker_core_tasks', 1, 'task_id', 'bigint', true, NULL, 'the task'),
        ('tasker_core_tasks', 2, 'named_task_id', 'integer', true, NULL, 'as in the task'),
        ('tasker_core_tasks', 3, 'priority', 'integer', true, '0', 'set through tasker_core, not derived from the Tasker tables'),
        ('tasker_core_tasks', 4, 'state', 'text', true, NULL, 'the state that its current transition leads to; pending when there is none')
$$;

COMMENT ON FUNCTION @extschema@._tasker_expected_side_columns() IS
'The columns of the side tables of an installation, in order.

Data only: raises nothing, needs no privilege, constant cost.';
