-- A task is over, as this transaction sees it. Its number keeps those apart who find so at once.
INSERT INTO @installation@.tasker_core_endings (task_id, noted_by, noted_at)
VALUES ($1, pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8, $2)
ON CONFLICT DO NOTHING
