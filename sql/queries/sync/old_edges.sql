-- The edges that a statement deleted.
SELECT from_step_id, to_step_id, false AS is_new
FROM old_rows
