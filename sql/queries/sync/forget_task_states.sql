-- All task transitions are gone: every task is pending.
UPDATE @installation@.tasker_core_tasks
SET state = 'pending'
WHERE state OPERATOR(pg_catalog.<>) 'pending'
