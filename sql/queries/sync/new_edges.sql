-- The edges that a statement inserted.
SELECT from_step_id, to_step_id, true AS is_new
FROM new_rows
