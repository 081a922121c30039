-- The steps at the upper end of the edges that a statement wrote.
SELECT DISTINCT touched.from_step_id
FROM (SELECT from_step_id FROM new_rows) AS touched
