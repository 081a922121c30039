-- Whether anybody has set anything, and which change was the last; its transaction tells it from one of the same number
-- that was rolled back.
SELECT EXISTS (SELECT FROM @installation@.tasker_core_config), latest.version, latest.xmin
FROM (VALUES (1)) AS one (row)
LEFT JOIN LATERAL (
    SELECT change.version, change.xmin
    FROM @installation@.tasker_core_config_versions AS change
    ORDER BY change.version DESC
    LIMIT 1
) AS latest ON true
