CREATE FUNCTION @extschema@._tasker_expected_triggers()
RETURNS TABLE (
    table_name    text,
    trigger_name  text,
    trigger_event text,
    trigger_level text,   -- with the transition tables
    function_name text
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 26
AS $$
    VALUES
        -- A task brings all its steps in one statement: one pass over them.
        ('tasker_workflow_steps', 'tasker_core_sync_insert', 'AFTER INSERT',
         'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', '_tasker_sync_steps'),
        ('tasker_workflow_steps', 'tasker_core_sync_update', 'AFTER UPDATE', 'FOR EACH ROW',
         '_tasker_sync_steps'),
        ('tasker_workflow_steps', 'tasker_core_sync_delete', 'AFTER DELETE', 'FOR EACH ROW',
         '_tasker_sync_steps'),
        ('tasker_workflow_steps', 'tasker_core_sync_truncate', 'AFTER TRUNCATE',
         'FOR EACH STATEMENT', '_tasker_sync_steps'),

        -- The edges of a task also come in one statement.
        ('tasker_workflow_step_edges', 'tasker_core_sync_insert', 'AFTER INSERT',
         'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT', '_tasker_sync_step_edges'),
        ('tasker_workflow_step_edges', 'tasker_core_sync_update', 'AFTER UPDATE',
         'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT',
         '_tasker_sync_step_edges'),
        ('tasker_workflow_step_edges', 'tasker_core_sync_delete', 'AFTER DELETE',
         'REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT', '_tasker_sync_step_edges'),
        ('tasker_workflow_step_edges', 'tasker_core_sync_truncate', 'AFTER TRUNCATE',
         'FOR EACH STATEMENT', '_tasker_sync_step_edges'),

        -- Fills from_state and judges the transition; locks the side row before the unique index on
        -- most_recent can make the insert wait.
        ('tasker_workflow_step_transitions', 'tasker_core_check_insert', 'BEFORE INSERT',
         'FOR EACH ROW', '_tasker_sync_step_transitions'),
        ('tasker_workflow_step_transitions', 'tasker_core_sync_insert', 'AFTER INSERT',
         'FOR EACH ROW', '_tasker_sync_step_transitions'),
        ('tasker_workflow_step_transitions', 'tasker_core_sync_update', 'AFTER UPDATE',
         'FOR EACH ROW', '_tasker_sync_step_transitions'),
        ('tasker_workflow_step_transitions', 'tasker_core_sync_delete', 'AFTER DELETE',
         'FOR EACH ROW', '_tasker_sync_step_transitions'),
        ('tasker_workflow_step_transitions', 'tasker_core_sync_truncate', 'AFTER TRUNCATE',
         'FOR EACH STATEMENT', '_tasker_sync_step_transitions'),

        ('tasker_tasks', 'tasker_core_sync_insert', 'AFTER INSERT', 'FOR EACH ROW',
         '_tasker_sync_tasks'),
        ('tasker_tasks', 'tasker_core_sync_update', 'AFTER UPDATE', 'FOR EACH ROW',
         '_tasker_sync_tasks'),
        ('tasker_tasks', 'tasker_core_sync_delete', 'AFTER DELETE', 'FOR EACH ROW',
         '_tasker_sync_tasks'),
        ('tasker_tasks', 'tasker_core_sync_truncate', 'AFTER TRUNCATE', 'FOR EACH STATEMENT',
         '_tasker_sync_tasks'),

        ('tasker_task_transitions', 'tasker_core_check_insert', 'BEFORE INSERT', 'FOR EACH ROW',
         '_tasker_sync_task_transitions'),
        ('tasker_task_transitions', 'tasker_core_sync_insert', 'AFTER INSERT', 'FOR EACH ROW',
         '_tasker_sync_task_transitions'),
        ('tasker_task_transitions', 'tasker_core_sync_update', 'AFTER UPDATE', 'FOR EACH ROW',
         '_tasker_sync_task_transitions'),
        ('tasker_task_transitions', 'tasker_core_sync_delete', 'AFTER DELETE', 'FOR EACH ROW',
         '_tasker_sync_task_transitions'),
        ('tasker_task_transitions', 'tasker_core_sync_truncate', 'AFTER TRUNCATE',
         'FOR EACH STATEMENT', '_tasker_sync_task_transitions'),

        -- The side rows themselves, to be counted.
        ('tasker_core_steps', 'tasker_core_count_rows', 'AFTER INSERT OR DELETE OR UPDATE',
         'FOR EACH ROW', '_tasker_count_steps'),
        ('tasker_core_steps', 'tasker_core_count_none', 'AFTER TRUNCATE', 'FOR EACH STATEMENT',
         '_tasker_count_steps'),
        ('tasker_core_tasks', 'tasker_core_count_rows', 'AFTER INSERT OR DELETE OR UPDATE',
         'FOR EACH ROW', '_tasker_count_tasks'),
        ('tasker_core_tasks', 'tasker_core_count_none', 'AFTER TRUNCATE', 'FOR EACH STATEMENT',
         '_tasker_count_tasks')
$$;

COMMENT ON FUNCTION @extschema@._tasker_expected_triggers() IS
'The triggers that keep the side rows of an installation equal to its Tasker tables; all of them '
'ENABLE ALWAYS. None has a WHEN condition: the server would parse it again for every statement, '
'and a column that it names could not change its type. The functions compare the rows instead.

Data only: raises nothing, needs no privilege, constant cost.';
