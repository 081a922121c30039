-- From here on, nobody writes to the indexes of tables $1, and nobody reads them: as CREATE INDEX CONCURRENTLY leaves one
-- that it has not built yet. REINDEX takes that back. Tasks are still looked up by id, for their context.
UPDATE pg_catalog.pg_index SET indisready = false, indisvalid = false
WHERE indrelid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
  AND NOT (indisprimary AND indrelid OPERATOR(pg_catalog.=) '@installation@.tasker_tasks'::pg_catalog.regclass)
