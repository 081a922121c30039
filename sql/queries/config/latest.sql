-- Which change of the configuration was the last; its transaction tells it from one of the same number that was rolled
-- back.
SELECT version, xmin
FROM @installation@.tasker_core_config_versions
ORDER BY version DESC
LIMIT 1
