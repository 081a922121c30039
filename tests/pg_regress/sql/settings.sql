-- The settings: docs/settings.md names each of them, and a session that has loaded the library from its beginning knows them.
-- Names are reserved from 15 on. For earlier versions there is expected/settings_1.out.
SELECT current_setting('server_version_num')::integer >= 150000 AS reserves_names;
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set page :abs_srcdir /../../docs/settings.md
\setenv SETTINGS_PAGE :page
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
-- A fresh session does not know them.
\c -
SHOW tasker_core.default_lease;
SET tasker_core.default_leese = '1min';
SET tasker_core.stale_after = 'never';
SELECT tasker_backoff_seconds(1) AS loads_the_library;
SHOW tasker_core.default_lease;
SHOW tasker_core.default_leese;
SHOW tasker_core.stale_after;
SET tasker_core.default_leese = '1min';
-- One that loads the library when it begins knows them.
ALTER DATABASE tasker_regress SET session_preload_libraries = 'tasker_core';
\c -
SHOW tasker_core.default_lease;
SET tasker_core.default_leese = '1min';
\echo :LAST_ERROR_SQLSTATE
-- The page: name, default and who may set it are those of the library. The last one needs shared_preload_libraries.
\set content `cat "$SETTINGS_PAGE"`
CREATE TEMP TABLE told AS
SELECT row[1] AS name, trim(row[2]) AS type, trim(row[3], ' `') AS default_value, trim(row[4]) AS set_by
FROM regexp_matches(:'content', '^\| `(tasker_core\.[a-z_]+)` \|([^|]+)\|([^|]+)\|([^|]+)\|', 'gn') AS row;
CREATE TEMP VIEW known AS
SELECT name, context,
    CASE vartype WHEN 'enum' THEN (SELECT string_agg('`' || value || '`', ', ') FROM unnest(enumvals) AS value) WHEN 'bool' THEN 'boolean'
        WHEN 'integer' THEN CASE WHEN unit IN ('ms', 's') THEN 'time' END || CASE max_val WHEN '86400' THEN ', to 1 day' ELSE '' END END AS type,
    coalesce(nullif(current_setting(name), ''), 'empty') AS default_value,
    CASE context WHEN 'user' THEN 'any role' WHEN 'superuser' THEN 'superuser' WHEN 'sighup' THEN '`postgresql.conf`, reload' END AS set_by
FROM pg_settings WHERE name LIKE 'tasker\_core.%';
SELECT name, told.type, told.default_value, told.set_by, known.type IS NOT DISTINCT FROM told.type OR known.type IS NULL AS type_is_right,
    known.default_value = told.default_value AS default_is_right, known.set_by = told.set_by AS set_by_is_right
FROM told FULL JOIN known USING (name) ORDER BY name;
-- Who may store one.
CREATE ROLE regress_settings;
SET ROLE regress_settings;
ALTER ROLE regress_settings SET tasker_core.default_lease = '2min';
ALTER ROLE regress_settings SET tasker_core.stale_after = 0;
RESET ROLE;
GRANT SET ON PARAMETER tasker_core.stale_after TO regress_settings;
SET ROLE regress_settings;
ALTER ROLE regress_settings SET tasker_core.stale_after = 0;
RESET ROLE;
ALTER DATABASE tasker_regress RESET session_preload_libraries;
\c -
SET ROLE regress_settings;
ALTER ROLE regress_settings SET tasker_core.default_lease = '3min';
ALTER ROLE regress_settings RESET ALL;
LOAD 'tasker_core';
RESET ROLE;
DROP OWNED BY regress_settings;
DROP ROLE regress_settings;
