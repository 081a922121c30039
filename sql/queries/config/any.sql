-- Whether anybody has set anything in a section.
SELECT EXISTS (
    SELECT FROM @installation@.tasker_core_config
    WHERE section OPERATOR(pg_catalog.=) $1
)
