CREATE FUNCTION @extschema@._tasker_expected_indexes()
RETURNS TABLE (
    table_name      text,
    index_name      text,
    is_unique       boolean,
    key_columns     text,   -- as pg_get_indexdef() spells them
    index_predicate text,   -- as pg_get_indexdef() spells it; NULL: none
    serves          text    -- the rule that it enforces, or the query that it serves
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 19
AS $$
    VALUES
        -- Statesman recognises a lost race by a violation of these four.
        ('tasker_workflow_step_transitions', 'idx_on_workflow_step_id_most_recent_97d5374ad6', true,
         'workflow_step_id, most_recent', '(most_recent = true)',
         'at most one current transition per step; the current state of a step'),
        ('tasker_workflow_step_transitions', 'idx_on_workflow_step_id_sort_key_4d476d7adb', true,
         'workflow_step_id, sort_key', NULL,
         'one order of the transitions of a step; the last transition of a step; deleting a step'),
        ('tasker_workflow_step_transitions', 'index_step_transitions_current_errors', false,
         'workflow_step_id, most_recent, created_at',
         '(((to_state)::text = ''error''::text) AND (most_recent = true))',
         'the steps that have failed'),
        ('tasker_workflow_step_transitions', 'index_step_transitions_failures', false, 'created_at',
         '((to_state)::text = ''error''::text)', 'the failures of a period'),
        ('tasker_task_transitions', 'index_tasker_task_transitions_on_task_id_and_most_recent',
         true, 'task_id, most_recent', '(most_recent = true)',
         'at most one current transition per task; the current state of a task'),
        ('tasker_task_transitions', 'index_tasker_task_transitions_on_task_id_and_sort_key', true,
         'task_id, sort_key', NULL,
         'one order of the transitions of a task; the last transition of a task; deleting a task'),
        ('tasker_tasks', 'index_tasks_on_identity_hash', true, 'identity_hash', NULL,
         'the same request is one task; a task by its identity'),
        ('tasker_named_steps', 'named_step_by_system_uniq', true, 'dependent_system_id, name', NULL,
         'a step name is unique in its system; a named step by name'),
        ('tasker_named_tasks', 'named_tasks_namespace_name_version_unique', true,
         'task_namespace_id, name, version', NULL,
         'a task template is unique in its namespace; a template by name and version'),
        ('tasker_named_tasks_named_steps', 'named_tasks_steps_ids_unique', true,
         'named_task_id, named_step_id', NULL,
         'a step occurs once in a template; the steps of a template'),
        ('tasker_task_namespaces', 'task_namespaces_name_unique', true, 'name', NULL,
         'namespace names are unique; a namespace by name'),
        ('tasker_dependent_systems', 'dependent_systems_name_unique', true, 'name', NULL,
         'system names are unique; a system by name'),
        ('tasker_annotation_types', 'annotation_types_name_unique', true, 'name', NULL,
         'annotation type names are unique; an annotation type by name'),
        ('tasker_dependent_system_object_maps',
         'dependent_system_object_maps_dependent_system_one_id_dependent_', true,
         'dependent_system_one_id, dependent_system_two_id, remote_id_one, remote_id_two', NULL,
         'a pair of remote objects is mapped once; the maps of a system'),
        ('tasker_workflow_steps', 'index_workflow_steps_task_and_id', false,
         'task_id, workflow_step_id', NULL, 'the steps of a task in their order; deleting a task'),
        ('tasker_workflow_step_edges', 'idx_step_edges_to_from', false, 'to_step_id, from_step_id',
         NULL, 'the parents of a step; deleting a step'),
        ('tasker_workflow_step_edges', 'idx_step_edges_from_to', false, 'from_step_id, to_step_id',
         NULL, 'the children of a step; deleting a step'),
        ('tasker_tasks', 'tasks_named_task_id_index', false, 'named_task_id', NULL,
         'the tasks of a template'),
        ('tasker_task_annotations', 'task_annotations_task_id_index', false, 'task_id', NULL,
         'the annotations of a task; deleting a task')
$$;

COMMENT ON FUNCTION @extschema@._tasker_expected_indexes() IS
'The indexes of the 13 Tasker tables, besides the primary keys, that rules or queries need. The '
'names are those of the Rails engine; the engine does not have index_step_transitions_failures.

Data only: raises nothing, needs no privilege, constant cost.';
