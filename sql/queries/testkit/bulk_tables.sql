-- The tables of schema $1 that a data set fills: the bytes of the one with a row for each step, and whether the indexes
-- may be left and built again: all are in use, and none belongs to a partition.
SELECT
    class.oid::pg_catalog.int8,
    CASE WHEN class.relname OPERATOR(pg_catalog.=) 'tasker_core_steps' THEN pg_catalog.pg_relation_size(class.oid) ELSE 0 END,
    class.relkind OPERATOR(pg_catalog.=) 'r' AND NOT class.relispartition AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_index AS index
        WHERE index.indrelid OPERATOR(pg_catalog.=) class.oid
          AND NOT (index.indisvalid AND index.indisready AND index.indislive))
FROM pg_catalog.pg_class AS class
WHERE class.relnamespace OPERATOR(pg_catalog.=) $1::pg_catalog.oid
  AND class.relname OPERATOR(pg_catalog.=) ANY (ARRAY[
      'tasker_tasks', 'tasker_workflow_steps', 'tasker_workflow_step_edges', 'tasker_core_tasks', 'tasker_core_steps',
      'tasker_core_hints']::pg_catalog.name[])
