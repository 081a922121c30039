-- The systems of the steps $1 that are not there yet, in the order of their names so that two registrations cannot wait
-- for each other.
INSERT INTO @installation@.tasker_dependent_systems (name, created_at, updated_at)
SELECT DISTINCT step.system COLLATE "C", $2, $2
FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS step (system pg_catalog.text)
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_dependent_systems AS system
    WHERE system.name OPERATOR(pg_catalog.=) step.system::pg_catalog.varchar
)
ORDER BY 1
ON CONFLICT (name) DO NOTHING
