-- The edges that a statement bent, as they were and as they are.
SELECT bent.from_step_id, bent.to_step_id, true AS is_new
FROM (SELECT id, from_step_id, to_step_id FROM new_rows EXCEPT SELECT id, from_step_id, to_step_id FROM old_rows) AS bent
UNION ALL
SELECT straight.from_step_id, straight.to_step_id, false AS is_new
FROM (SELECT id, from_step_id, to_step_id FROM old_rows EXCEPT SELECT id, from_step_id, to_step_id FROM new_rows) AS straight
