-- A task is not over. Only what has been looked at goes: another note stands for what was not visible.
DELETE FROM @installation@.tasker_core_endings
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND noted_by OPERATOR(pg_catalog.=) ANY ($2)
