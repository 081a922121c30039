-- A new database gets the extension, and the extension makes the tables.

CREATE EXTENSION tasker_core;

SELECT format('CREATE EXTENSION tasker_core: version %s', extversion)
FROM pg_extension
WHERE extname = 'tasker_core';

SELECT format('tasker_install(): %s tables, %s triggers and %s index created',
              count(*) FILTER (WHERE object LIKE 'table %'),
              count(*) FILTER (WHERE object LIKE 'trigger %'),
              count(*) FILTER (WHERE object LIKE 'index %'))
FROM tasker_install()
WHERE action = 'created';

CREATE SCHEMA demo;
COMMENT ON SCHEMA demo IS
'What stands in for the engine and its workers: it writes the Tasker tables as the Rails engine does.';
