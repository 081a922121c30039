CREATE FUNCTION @extschema@._tasker_expected_side_indexes()
RETURNS TABLE (table_name text, index_name text, column_list text, is_unique boolean, serves text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 26
AS $$
    VALUES
        ('tasker_core_steps', 'tasker_core_steps_task_id_idx', 'task_id', false,
         'the side rows of the steps of given tasks'),
        ('tasker_core_steps', 'tasker_core_steps_created_at_idx', 'created_at', false,
         'the steps of a period'),
        ('tasker_core_tasks', 'tasker_core_tasks_created_at_idx', 'created_at', false,
         'the tasks of a period'),
        ('tasker_core_tasks', 'tasker_core_tasks_state_task_id_idx', 'state, task_id', false,
         'the tasks in given states'),
        ('tasker_core_tasks', 'tasker_core_tasks_paused_at_idx', 'paused_at', false,
         'the tasks that are paused'),
        ('tasker_core_tasks', 'tasker_core_tasks_parent_task_id_idx', 'parent_task_id', false,
         'the tasks that belong to a task'),
        ('tasker_core_leases', 'tasker_core_leases_due_at_idx', 'due_at', false,
         'what has run out'),
        ('tasker_core_hints', 'tasker_core_hints_rank_idx', 'rank', false, 'claims of any step'),
        ('tasker_core_hints', 'tasker_core_hints_named_step_id_rank_idx', 'named_step_id, rank',
         false, 'claims of steps of given names'),
        ('tasker_core_hints', 'tasker_core_hints_named_task_id_rank_idx', 'named_task_id, rank',
         false, 'claims of steps in tasks of given names'),
        ('tasker_core_hints', 'tasker_core_hints_offered_until_rank_idx', 'offered_until, rank',
         false, 'schedulers'),
        ('tasker_core_rules', 'tasker_core_rules_task_id_signal_name_idx', 'task_id, signal_name',
         false, 'signals'),
        ('tasker_core_rules', 'tasker_core_rules_waited_task_id_idx', 'waited_task_id', false,
         'tasks that end'),
        ('tasker_core_endings', 'tasker_core_endings_offered_until_noted_at_idx',
         'offered_until, noted_at', false, 'schedulers'),
        ('tasker_core_task_leases', 'tasker_core_task_leases_lease_until_idx', 'lease_until', false,
         'what has run out'),
        ('tasker_core_timers', 'tasker_core_timers_due_at_idx', 'due_at', false, 'what is due'),
        ('tasker_core_holds', 'tasker_core_holds_workflow_step_id_idx', 'workflow_step_id', false,
         'the places of a step that ends'),
        ('tasker_core_parked', 'tasker_core_parked_bucket_rank_idx', 'bucket, rank', false,
         'who is next in a bucket'),
        ('tasker_core_parked', 'tasker_core_parked_workflow_step_id_idx', 'workflow_step_id', false,
         'a step that moves on'),
        ('tasker_core_schedules', 'tasker_core_schedules_due_at_idx', 'due_at', false,
         'what is due'),
        ('tasker_core_schedules', 'tasker_core_schedules_schedule_id_idx', 'schedule_id', true,
         'a schedule that a timer leads to'),
        ('tasker_core_forks', 'tasker_core_forks_forked_from_task_id_idx', 'forked_from_task_id',
         false, 'the forks of a task'),
        ('tasker_core_forks', 'tasker_core_forks_forked_at_idx', 'forked_at', false,
         'the forks of a period'),
        ('tasker_core_shares', 'tasker_core_shares_bucket_idx',
         'bucket, priority, share, rank', false, 'shares that take turns'),
        ('tasker_core_shares', 'tasker_core_shares_named_step_id_idx',
         'named_step_id, bucket, priority, share, rank', false,
         'the same, of steps of given names'),
        ('tasker_core_shares', 'tasker_core_shares_named_task_id_idx',
         'named_task_id, bucket, priority, share, rank', false,
         'the same, of steps in tasks of given names')
$$;

COMMENT ON FUNCTION @extschema@._tasker_expected_side_indexes() IS
'The indexes of the side tables of an installation, besides the primary keys.

Data only: raises nothing, needs no privilege, constant cost.';
