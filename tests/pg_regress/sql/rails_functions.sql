-- tasker_replace_rails_functions() puts wrappers in the place of the engine's functions and keeps these;
-- tasker_restore_rails_functions() brings them back. What migrations do in between is noticed.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir '/helpers.sql'
\pset null '-'
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE regress_rails;
CREATE ROLE regress_dashboard;
CREATE SCHEMA rails AUTHORIZATION regress_rails;
GRANT USAGE ON SCHEMA rails TO regress_dashboard;
GRANT CREATE ON SCHEMA rails TO regress_dashboard;
SET search_path = rails, public;
SET ROLE regress_rails;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SELECT make_task(1, 11, 2, '{{1,2}}');

-- Stand-ins for the functions of the engine, recognisable by what they answer. The fourth is missing, as in
-- a database whose migrations have not come that far.
CREATE PROCEDURE migrate(answer text) LANGUAGE plpgsql AS $migration$
BEGIN
    EXECUTE format($create$
        CREATE OR REPLACE FUNCTION get_step_readiness_status(input_task_id BIGINT, step_ids BIGINT[] DEFAULT NULL)
        RETURNS TABLE (workflow_step_id BIGINT, task_id BIGINT, named_step_id INTEGER, name TEXT, current_state TEXT,
            dependencies_satisfied BOOLEAN, retry_eligible BOOLEAN, ready_for_execution BOOLEAN,
            last_failure_at TIMESTAMP, next_retry_at TIMESTAMP, total_parents INTEGER, completed_parents INTEGER,
            attempts INTEGER, retry_limit INTEGER, backoff_request_seconds INTEGER, last_attempted_at TIMESTAMP)
        LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT input_task_id, input_task_id, 0, ''%1$s'', ''%1$s'', true, true,
            true, NULL::timestamp, NULL::timestamp, 0, 0, 0, 0, 0, NULL::timestamp; END'$create$, answer);
    EXECUTE format($create$
        CREATE OR REPLACE FUNCTION get_task_execution_context(input_task_id BIGINT)
        RETURNS TABLE (task_id BIGINT, named_task_id INTEGER, status TEXT, total_steps BIGINT, pending_steps BIGINT,
            in_progress_steps BIGINT, completed_steps BIGINT, failed_steps BIGINT, ready_steps BIGINT,
            execution_status TEXT, recommended_action TEXT, completion_percentage NUMERIC, health_status TEXT)
        LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT input_task_id, 0, ''%1$s'', 0::bigint, 0::bigint, 0::bigint,
            0::bigint, 0::bigint, 0::bigint, '''', '''', 0.0, ''''; END'$create$, answer);
    EXECUTE format($create$
        CREATE OR REPLACE FUNCTION get_task_execution_contexts_batch(input_task_ids BIGINT[])
        RETURNS TABLE (task_id BIGINT, named_task_id INTEGER, status TEXT, total_steps BIGINT, pending_steps BIGINT,
            in_progress_steps BIGINT, completed_steps BIGINT, failed_steps BIGINT, ready_steps BIGINT,
            execution_status TEXT, recommended_action TEXT, completion_percentage NUMERIC, health_status TEXT)
        LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT 0::bigint, 0, ''%1$s'', 0::bigint, 0::bigint, 0::bigint,
            0::bigint, 0::bigint, 0::bigint, '''', '''', 0.0, ''''; END'$create$, answer);
END
$migration$;
CALL migrate('migration 1');
COMMENT ON FUNCTION get_task_execution_context(bigint) IS 'The comment of the engine.';
REVOKE EXECUTE ON FUNCTION get_task_execution_context(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION get_task_execution_context(bigint) TO regress_dashboard WITH GRANT OPTION;
RESET ROLE;
ALTER FUNCTION get_task_execution_contexts_batch(bigint[]) OWNER TO regress_dashboard;
CREATE VIEW functions AS
SELECT p.proname AS name, l.lanname AS language, p.proowner::regrole AS owner, p.proacl AS grants,
    obj_description(p.oid, 'pg_proc') AS comment
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = 'rails'::regnamespace AND p.proname ~ '^(get_|tasker_core_original)';
-- Who answers: the wrappers know no step of this name.
CREATE FUNCTION answers() RETURNS TABLE (single_step text, single_task text, batch_of_tasks text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT (SELECT s.name FROM get_step_readiness_status(1) AS s LIMIT 1),
        (SELECT t.status FROM get_task_execution_context(1) AS t), (SELECT t.status FROM get_task_execution_contexts_batch('{1}') AS t);
END
$$;
SELECT single_step, single_task, batch_of_tasks FROM answers();

-- Replace: owners and grants are those of the originals.
SELECT action, object, detail FROM tasker_replace_rails_functions();
SELECT name, language, owner, grants FROM functions ORDER BY name COLLATE "C";
SELECT name, comment FROM functions WHERE comment IS NOT NULL ORDER BY name COLLATE "C";
SELECT single_step, single_task, batch_of_tasks FROM answers();

-- Arguments and results are those that the engine's callers know.
SELECT p.proname || '(' || pg_get_function_arguments(p.oid) || ')' AS function,
    replace(replace(pg_get_function_result(p.oid), ', ', E',\n'), ' without time zone', '') AS result
FROM pg_proc AS p WHERE p.pronamespace = 'rails'::regnamespace AND p.proname ~ '^get_'
ORDER BY p.proname COLLATE "C";

-- Again: nothing to do. The doctor has nothing to say.
SELECT DISTINCT action FROM tasker_replace_rails_functions();
SELECT check_name, object, detail FROM tasker_doctor();

-- A migration runs again, over the wrappers. The doctor sees it; replacing makes its functions the originals.
CALL migrate('migration 2');
SELECT single_step, single_task, batch_of_tasks FROM answers();
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();
SELECT action, object, detail FROM tasker_replace_rails_functions() WHERE action <> 'unchanged';
SELECT single_step, single_task, batch_of_tasks FROM answers();
SELECT check_name FROM tasker_doctor();

-- The same with DROP and CREATE, and for a wrapper that had no original.
DROP FUNCTION get_task_execution_context(bigint);
CREATE OR REPLACE FUNCTION get_step_readiness_status_batch(input_task_ids bigint[])
RETURNS TABLE (workflow_step_id bigint, task_id bigint, named_step_id integer, name text, current_state text,
    dependencies_satisfied boolean, retry_eligible boolean, ready_for_execution boolean,
    last_failure_at timestamp, next_retry_at timestamp, total_parents integer, completed_parents integer,
    attempts integer, retry_limit integer, backoff_request_seconds integer, last_attempted_at timestamp)
LANGUAGE sql AS 'SELECT r.* FROM get_step_readiness_status(input_task_ids[1]) AS r';
ALTER FUNCTION get_task_execution_contexts_batch(bigint[]) SECURITY DEFINER;
SELECT severity, check_name, object, detail, fix FROM tasker_doctor();
SELECT action, object, detail FROM tasker_replace_rails_functions();
SELECT name, comment FROM functions WHERE comment IS NOT NULL ORDER BY name COLLATE "C";
SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = 'rails'::regnamespace AND p.prosecdef;
SELECT check_name FROM tasker_doctor();

-- Only an owner may.
SET ROLE regress_dashboard;
\set VERBOSITY terse
SELECT action, object FROM tasker_restore_rails_functions();
\set VERBOSITY default
RESET ROLE;

-- Restore: what was there is there, with the comment and grants that it had.
SELECT action, object, detail FROM tasker_restore_rails_functions();
SELECT name, language, owner, grants, comment FROM functions ORDER BY name COLLATE "C";
SELECT single_step, single_task, batch_of_tasks FROM answers();
SELECT action, object, detail FROM tasker_restore_rails_functions();
SELECT check_name FROM tasker_doctor();

-- Restoring over the function of a migration leaves that in place, and no comment of ours.
SELECT count(*) FROM tasker_replace_rails_functions();
CALL migrate('migration 3');
SELECT action, object, detail FROM tasker_restore_rails_functions();
SELECT single_step, single_task, batch_of_tasks FROM answers();
SELECT name, comment FROM functions WHERE comment IS NOT NULL;
DROP FUNCTION get_step_readiness_status(bigint, bigint[]);
SELECT action, object, detail FROM tasker_replace_rails_functions() WHERE action = 'created';
CALL migrate('migration 4');
SELECT action, object, detail FROM tasker_restore_rails_functions();
SELECT name, comment FROM functions WHERE comment IS NOT NULL;

-- A function of the name that answers something else is not the engine's.
DROP FUNCTION get_task_execution_context(bigint);
CREATE FUNCTION get_task_execution_context(input_task_id bigint) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
SELECT action, object, detail FROM tasker_replace_rails_functions() WHERE action <> 'replaced';
SELECT get_task_execution_context(1);
SELECT action, object, detail FROM tasker_restore_rails_functions();
DROP FUNCTION get_task_execution_context(bigint);

-- What depends on a wrapper keeps it from being dropped; an original that something names follows its name.
CREATE VIEW ready AS SELECT s.workflow_step_id, s.name FROM get_step_readiness_status(1) AS s;
SELECT action, object FROM tasker_replace_rails_functions() WHERE object ~ 'status\(';
SELECT name FROM ready;
SELECT pg_get_viewdef('ready'::regclass) ~ 'tasker_core_original' AS calls_the_original;
CREATE VIEW ready_now AS SELECT s.workflow_step_id, s.name FROM get_step_readiness_status(1) AS s;
\set VERBOSITY terse
SELECT action, object FROM tasker_restore_rails_functions();
\set VERBOSITY default
DROP VIEW ready_now;

-- DROP EXTENSION … CASCADE leaves the originals under the names that keep them; a new extension brings them back.
DROP EXTENSION tasker_core CASCADE;
SELECT name FROM functions ORDER BY name COLLATE "C";
CREATE EXTENSION tasker_core SCHEMA public;
SELECT severity, check_name, object, detail, fix FROM tasker_doctor() WHERE check_name !~ 'trigger';
SELECT action, object, detail FROM tasker_restore_rails_functions();
SELECT single_step, batch_of_tasks FROM (SELECT s.name AS single_step FROM get_step_readiness_status(1) AS s) AS s
CROSS JOIN (SELECT t.status AS batch_of_tasks FROM get_task_execution_contexts_batch('{1}') AS t) AS t;
SELECT name FROM ready;

DROP SCHEMA rails CASCADE;
DROP ROLE regress_rails;
DROP ROLE regress_dashboard;
