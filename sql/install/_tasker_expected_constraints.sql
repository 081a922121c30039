CREATE FUNCTION @extschema@._tasker_expected_constraints()
RETURNS TABLE (
    table_name      text,
    constraint_name text,
    column_name     text,
    parent_table    text,   -- NULL: a primary key
    parent_column   text
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 28
AS $$
    VALUES
        ('tasker_annotation_types', 'tasker_annotation_types_pkey', 'annotation_type_id', NULL,
         NULL),
        ('tasker_dependent_system_object_maps', 'tasker_dependent_system_object_maps_pkey',
         'dependent_system_object_map_id', NULL, NULL),
        ('tasker_dependent_systems', 'tasker_dependent_systems_pkey', 'dependent_system_id', NULL,
         NULL),
        ('tasker_named_steps', 'tasker_named_steps_pkey', 'named_step_id', NULL, NULL),
        ('tasker_named_tasks', 'tasker_named_tasks_pkey', 'named_task_id', NULL, NULL),
        ('tasker_named_tasks_named_steps', 'tasker_named_tasks_named_steps_pkey', 'id', NULL, NULL),
        ('tasker_task_annotations', 'tasker_task_annotations_pkey', 'task_annotation_id', NULL,
         NULL),
        ('tasker_task_namespaces', 'tasker_task_namespaces_pkey', 'task_namespace_id', NULL, NULL),
        ('tasker_task_transitions', 'tasker_task_transitions_pkey', 'id', NULL, NULL),
        ('tasker_tasks', 'tasker_tasks_pkey', 'task_id', NULL, NULL),
        ('tasker_workflow_step_edges', 'tasker_workflow_step_edges_pkey', 'id', NULL, NULL),
        ('tasker_workflow_step_transitions', 'tasker_workflow_step_transitions_pkey', 'id', NULL,
         NULL),
        ('tasker_workflow_steps', 'tasker_workflow_steps_pkey', 'workflow_step_id', NULL, NULL),
        ('tasker_dependent_system_object_maps',
         'dependent_system_object_maps_dependent_system_one_id_foreign', 'dependent_system_one_id',
         'tasker_dependent_systems', 'dependent_system_id'),
        ('tasker_dependent_system_object_maps',
         'dependent_system_object_maps_dependent_system_two_id_foreign', 'dependent_system_two_id',
         'tasker_dependent_systems', 'dependent_system_id'),
        ('tasker_named_steps', 'named_steps_dependent_system_id_foreign', 'dependent_system_id',
         'tasker_dependent_systems', 'dependent_system_id'),
        ('tasker_named_tasks', 'fk_rails_16a0297759', 'task_namespace_id', 'tasker_task_namespaces',
         'task_namespace_id'),
        ('tasker_named_tasks_named_steps', 'named_tasks_named_steps_named_step_id_foreign',
         'named_step_id', 'tasker_named_steps', 'named_step_id'),
        ('tasker_named_tasks_named_steps', 'named_tasks_named_steps_named_task_id_foreign',
         'named_task_id', 'tasker_named_tasks', 'named_task_id'),
        ('tasker_task_annotations', 'task_annotations_annotation_type_id_foreign',
         'annotation_type_id', 'tasker_annotation_types', 'annotation_type_id'),
        ('tasker_task_annotations', 'task_annotations_task_id_foreign', 'task_id', 'tasker_tasks',
         'task_id'),
        ('tasker_task_transitions', 'fk_rails_e8caec803c', 'task_id', 'tasker_tasks', 'task_id'),
        ('tasker_tasks', 'tasks_named_task_id_foreign', 'named_task_id', 'tasker_named_tasks',
         'named_task_id'),
        ('tasker_workflow_step_edges', 'fk_rails_7b4652ccf2', 'from_step_id',
         'tasker_workflow_steps', 'workflow_step_id'),
        ('tasker_workflow_step_edges', 'fk_rails_93ec0bf6eb', 'to_step_id', 'tasker_workflow_steps',
         'workflow_step_id'),
        ('tasker_workflow_step_transitions', 'fk_rails_6e0f6eb833', 'workflow_step_id',
         'tasker_workflow_steps', 'workflow_step_id'),
        ('tasker_workflow_steps', 'workflow_steps_named_step_id_foreign', 'named_step_id',
         'tasker_named_steps', 'named_step_id'),
        ('tasker_workflow_steps', 'workflow_steps_task_id_foreign', 'task_id', 'tasker_tasks',
         'task_id')
$$;

COMMENT ON FUNCTION @extschema@._tasker_expected_constraints() IS
'The primary keys and foreign keys of the 13 Tasker tables, with the names that the Rails engine '
'gives them; primary keys first, the order of creation.

Data only: raises nothing, needs no privilege, constant cost.';
