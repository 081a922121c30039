-- Annotates a task; a type that is not there yet is added. No row when another session has just added it.
WITH known AS (
    SELECT kind.annotation_type_id
    FROM @installation@.tasker_annotation_types AS kind
    WHERE kind.name OPERATOR(pg_catalog.=) $2
), added AS (
    INSERT INTO @installation@.tasker_annotation_types (name, created_at, updated_at)
    SELECT $2, $4, $4
    WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT DO NOTHING
    RETURNING annotation_type_id
)
INSERT INTO @installation@.tasker_task_annotations (task_id, annotation_type_id, annotation, created_at, updated_at)
SELECT $1, kind.annotation_type_id, $3, $4, $4
FROM (SELECT annotation_type_id FROM known UNION ALL SELECT annotation_type_id FROM added) AS kind
RETURNING task_annotation_id
