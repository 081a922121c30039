-- The steps at the lower end of the edges that a statement touched.
SELECT DISTINCT touched.to_step_id
FROM (SELECT to_step_id FROM old_rows) AS touched
