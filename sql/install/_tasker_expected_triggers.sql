CREATE FUNCTION @extschema@._tasker_expected_triggers()
RETURNS TABLE (
    table_name        text,
    trigger_name      text,
    trigger_event     text,
    trigger_level     text,   -- with the transition tables
    trigger_condition text,   -- NULL: none
    function_name     text
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 26
AS $$
    VALUES
        -- A task brings all its steps in one statement: one pass over them.
        ('tasker_workflow_steps', 'tasker_core_sync_insert', 'AFTER INSERT', 'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', NULL, '_tasker_sync_steps'),
        ('tasker_workflow_steps', 'tasker_core_sync_update', 'AFTER UPDATE', 'FOR EACH ROW',
            'OLD.workflow_step_id IS DISTINCT FROM NEW.workflow_step_id'
            ' OR OLD.task_id IS DISTINCT FROM NEW.task_id'
            ' OR OLD.created_at IS DISTINCT FROM NEW.created_at'
            ' OR OLD.last_attempted_at IS DISTINCT FROM NEW.last_attempted_at'
            ' OR OLD.named_step_id IS DISTINCT FROM NEW.named_step_id'
            ' OR OLD.attempts IS DISTINCT FROM NEW.attempts'
            ' OR OLD.retry_limit IS DISTINCT FROM NEW.retry_limit'
            ' OR OLD.backoff_request_seconds IS DISTINCT FROM NEW.backoff_request_seconds'
            ' OR OLD.retryable IS DISTINCT FROM NEW.retryable'
            ' OR OLD.in_process IS DISTINCT FROM NEW.in_process'
            ' OR OLD.processed IS DISTINCT FROM NEW.processed'
            ' OR OLD.skippable IS DISTINCT FROM NEW.skippable', '_tasker_sync_steps'),
        ('tasker_workflow_steps', 'tasker_core_sync_delete', 'AFTER DELETE', 'FOR EACH ROW', NULL, '_tasker_sync_steps'),
        ('tasker_workflow_steps', 'tasker_core_sync_truncate', 'AFTER TRUNCATE', 'FOR EACH STATEMENT', NULL, '_tasker_sync_steps'),

        -- Likewise its edges.
        ('tasker_workflow_step_edges', 'tasker_core_sync_insert', 'AFTER INSERT', 'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', NULL, '_tasker_sync_step_edges'),
        ('tasker_workflow_step_edges', 'tasker_core_sync_update', 'AFTER UPDATE', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT', NULL, '_tasker_sync_step_edges'),
        ('tasker_workflow_step_edges', 'tasker_core_sync_delete', 'AFTER DELETE', 'REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT', NULL, '_tasker_sync_step_edges'),
        ('tasker_workflow_step_edges', 'tasker_core_sync_truncate', 'AFTER TRUNCATE', 'FOR EACH STATEMENT', NULL, '_tasker_sync_step_edges'),

        -- Fills from_state and judges the transition; locks the side row before the unique index on most_recent
        -- can make the insert wait.
        ('tasker_workflow_step_transitions', 'tasker_core_check_insert', 'BEFORE INSERT', 'FOR EACH ROW', NULL, '_tasker_sync_step_transitions'),
        ('tasker_workflow_step_transitions', 'tasker_core_sync_insert', 'AFTER INSERT', 'FOR EACH ROW', 'NEW.most_recent', '_tasker_sync_step_transitions'),
        ('tasker_workflow_step_transitions', 'tasker_core_sync_update', 'AFTER UPDATE', 'FOR EACH ROW',
            '(OLD.most_recent OR NEW.most_recent)'
            ' AND (OLD.most_recent IS DISTINCT FROM NEW.most_recent'
            ' OR OLD.to_state IS DISTINCT FROM NEW.to_state'
            ' OR OLD.created_at IS DISTINCT FROM NEW.created_at'
            ' OR (OLD.metadata -> ''backoff_seconds'') IS DISTINCT FROM (NEW.metadata -> ''backoff_seconds'')'
            ' OR OLD.workflow_step_id IS DISTINCT FROM NEW.workflow_step_id)', '_tasker_sync_step_transitions'),
        ('tasker_workflow_step_transitions', 'tasker_core_sync_delete', 'AFTER DELETE', 'FOR EACH ROW', 'OLD.most_recent', '_tasker_sync_step_transitions'),
        ('tasker_workflow_step_transitions', 'tasker_core_sync_truncate', 'AFTER TRUNCATE', 'FOR EACH STATEMENT', NULL, '_tasker_sync_step_transitions'),

        ('tasker_tasks', 'tasker_core_sync_insert', 'AFTER INSERT', 'FOR EACH ROW', NULL, '_tasker_sync_tasks'),
        ('tasker_tasks', 'tasker_core_sync_update', 'AFTER UPDATE', 'FOR EACH ROW',
            'OLD.task_id IS DISTINCT FROM NEW.task_id'
            ' OR OLD.named_task_id IS DISTINCT FROM NEW.named_task_id', '_tasker_sync_tasks'),
        ('tasker_tasks', 'tasker_core_sync_delete', 'AFTER DELETE', 'FOR EACH ROW', NULL, '_tasker_sync_tasks'),
        ('tasker_tasks', 'tasker_core_sync_truncate', 'AFTER TRUNCATE', 'FOR EACH STATEMENT', NULL, '_tasker_sync_tasks'),

        ('tasker_task_transitions', 'tasker_core_check_insert', 'BEFORE INSERT', 'FOR EACH ROW', NULL, '_tasker_sync_task_transitions'),
        ('tasker_task_transitions', 'tasker_core_sync_insert', 'AFTER INSERT', 'FOR EACH ROW', 'NEW.most_recent', '_tasker_sync_task_transitions'),
        ('tasker_task_transitions', 'tasker_core_sync_update', 'AFTER UPDATE', 'FOR EACH ROW',
            '(OLD.most_recent OR NEW.most_recent)'
            ' AND (OLD.most_recent IS DISTINCT FROM NEW.most_recent'
            ' OR OLD.to_state IS DISTINCT FROM NEW.to_state'
            ' OR OLD.created_at IS DISTINCT FROM NEW.created_at'
            ' OR OLD.task_id IS DISTINCT FROM NEW.task_id)', '_tasker_sync_task_transitions'),
        ('tasker_task_transitions', 'tasker_core_sync_delete', 'AFTER DELETE', 'FOR EACH ROW', 'OLD.most_recent', '_tasker_sync_task_transitions'),
        ('tasker_task_transitions', 'tasker_core_sync_truncate', 'AFTER TRUNCATE', 'FOR EACH STATEMENT', NULL, '_tasker_sync_task_transitions'),

        -- The side rows themselves, to be counted. No condition: the server parses it again for every statement.
        ('tasker_core_steps', 'tasker_core_count_rows', 'AFTER INSERT OR DELETE OR UPDATE', 'FOR EACH ROW', NULL, '_tasker_count_steps'),
        ('tasker_core_steps', 'tasker_core_count_none', 'AFTER TRUNCATE', 'FOR EACH STATEMENT', NULL, '_tasker_count_steps'),
        ('tasker_core_tasks', 'tasker_core_count_rows', 'AFTER INSERT OR DELETE OR UPDATE', 'FOR EACH ROW', NULL, '_tasker_count_tasks'),
        ('tasker_core_tasks', 'tasker_core_count_none', 'AFTER TRUNCATE', 'FOR EACH STATEMENT', NULL, '_tasker_count_tasks')
$$;

COMMENT ON FUNCTION @extschema@._tasker_expected_triggers() IS
'The triggers that keep the side rows of an installation equal to its Tasker tables; all of them ENABLE ALWAYS. The conditions name every column that a side row is made of.

Data only: raises nothing, needs no privilege, constant cost.';
