-- Creates the extension and its tables in a new database. Workers can start after this.

CREATE EXTENSION tasker_core;

SELECT format('CREATE EXTENSION tasker_core: version %s', extversion)
FROM pg_extension
WHERE extname = 'tasker_core';

SELECT format('tasker_install(): %s tables, %s triggers and %s indexes created',
              count(*) FILTER (WHERE object LIKE 'table %'),
              count(*) FILTER (WHERE object LIKE 'trigger %'),
              count(*) FILTER (WHERE object LIKE 'index %'))
FROM tasker_install(verbose => true)
WHERE action = 'created';

CREATE SCHEMA demo;
COMMENT ON SCHEMA demo IS
'The views and functions that show the demo. The workers do not use them.';

\ir present.sql
\ir tree.sql
\ir spans.sql
\ir events.sql
\ir wait_for_events.sql
