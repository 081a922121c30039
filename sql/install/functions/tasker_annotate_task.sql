CREATE FUNCTION @extschema@.tasker_annotate_task(
    task_id bigint,
    annotation_type text,
    annotation jsonb
)
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_annotate_task';

COMMENT ON FUNCTION @extschema@.tasker_annotate_task(bigint, text, jsonb) IS
'Adds an annotation to a task, in the engine''s own tables, and returns its id. If the annotation '
'type does not exist, the call adds it. tasker_find_tasks() finds tasks by their annotations.

Errors: 22004; P0002 no such task; 22001 a type of more than 64 characters; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on tasker_tasks, SELECT and INSERT on '
'tasker_annotation_types, INSERT and SELECT on tasker_task_annotations, USAGE on their sequences. '
'Complexity: constant.';
