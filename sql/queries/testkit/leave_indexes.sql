-- From here on, nobody writes to the indexes of tables $1, and nobody reads them: as CREATE INDEX CONCURRENTLY leaves one
-- that it has not built yet. REINDEX takes that back. Tasks are still looked up by id, for their context.
UPDATE pg_catalog.pg_index AS index SET indisready = false, indisvalid = false
FROM pg_catalog.pg_class AS class
WHERE index.indrelid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
  AND class.oid OPERATOR(pg_catalog.=) index.indrelid
  AND NOT (index.indisprimary AND class.relname OPERATOR(pg_catalog.=) 'tasker_tasks')
