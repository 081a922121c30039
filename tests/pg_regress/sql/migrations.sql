-- Migrations of an application that change the engine's tables, with the extension installed. Every column and every table is
-- changed in each way. Each change works, or is refused with one message, by PostgreSQL or by the first call that needs the column, which
-- names table and column. docs/rails.md has the table of what works.
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
SELECT object, action FROM tasker_install('migrations', create_schema => true);
SET search_path = migrations, public;
SELECT named_task_id > 0 FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "pay"}, {"name": "ship", "depends_on_step": "pay"}]}');

-- A domain over every type.
SELECT format('CREATE DOMAIN %I AS %s', 'domain over ' || type_name, type_name)
FROM (SELECT DISTINCT type_name FROM public._tasker_expected_columns()) AS e ORDER BY 1 \gexec

-- What an application does with a task, from its template to the end. Answers how far it came, with the message.
CREATE TEMPORARY SEQUENCE calls;
CREATE FUNCTION pg_temp.life() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    task bigint;
    claimed record;
    call integer := nextval('calls');
    message text;
    detail text;
BEGIN
    PERFORM tasker_register_task(format('{"name": "order %s", "step_templates": [{"name": "step %s", "dependent_system": "system %s"}]}', call, call, call)::jsonb);
    SELECT c.task_id INTO task FROM tasker_create_task('order', '{"order_id": 1}', options => '{"identity": "none", "tags": ["t"], "reason": "r"}') AS c;
    SELECT c.workflow_step_id, c.claim_token INTO claimed FROM tasker_claim_steps('w', task_id => task) AS c;
    IF claimed.workflow_step_id IS NULL THEN
        RETURN 'nothing was claimed';
    END IF;
    PERFORM tasker_complete_step(claimed.workflow_step_id, '{"paid": true}', claimed.claim_token);
    SELECT c.workflow_step_id, c.claim_token INTO claimed FROM tasker_claim_steps('w', task_id => task) AS c;
    PERFORM tasker_fail_step(claimed.workflow_step_id, '{"message": "no"}', claim_token => claimed.claim_token);
    PERFORM tasker_annotate_task(task, 'note', '{"a": 1}');
    PERFORM tasker_add_steps(task, '[{"name": "more"}]');
    PERFORM count(*) FROM tasker_step_readiness(task);
    PERFORM count(*) FROM tasker_task_context(task);
    PERFORM count(*) FROM tasker_step_history(claimed.workflow_step_id);
    PERFORM count(*) FROM tasker_task_history(task);
    PERFORM count(*) FROM tasker_find_transitions(task_id => task, metadata_key => 'x');
    PERFORM count(*) FROM tasker_find_transitions('task', task_id => task, metadata => '{}');
    PERFORM tasker_explain_task(task);
    PERFORM count(*) FROM tasker_find_tasks(tag => 't', annotation_key => 'a');
    PERFORM count(*) FROM tasker_find_steps(states => '{error}');
    PERFORM tasker_template('order');
    PERFORM count(*) FROM tasker_system_health();
    PERFORM count(*) FROM tasker_slowest_tasks();
    PERFORM count(*) FROM tasker_slowest_steps();
    PERFORM count(*) FROM tasker_maintain();
    -- Before PostgreSQL 15 there are none.
    IF current_setting('server_version_num')::integer >= 150000 THEN
        PERFORM count(*) FROM tasker_core_current_steps;
        PERFORM count(*) FROM tasker_core_current_tasks;
    END IF;
    PERFORM tasker_delete_task(task, true);
    RETURN 'works';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN CASE WHEN SQLSTATE = '55000' AND message ~ '^tasker_core cannot work with the tables' THEN 'refused: ' || detail
                WHEN SQLSTATE = '55000' AND message ~ 'lacks triggers$' OR SQLSTATE = '42P01' AND message ~ 'in the search_path$'
                THEN concat_ws(' ', 'refused:', message, detail)
                ELSE concat_ws(' ', SQLSTATE, message, detail) END;
END
$$;
SELECT pg_temp.life();
SELECT pg_temp.life();

CREATE TEMPORARY TABLE trials (change text, table_name text, column_name text, migration text, life text, views text);
-- What a session in another time zone reads from our views.
CREATE FUNCTION pg_temp.viewed() RETURNS text LANGUAGE plpgsql SET TimeZone = 'America/New_York' AS $$
BEGIN
    RETURN (SELECT string_agg(v::text, ' ' ORDER BY v.workflow_step_id) FROM tasker_core_current_steps AS v)
        || (SELECT string_agg(v::text, ' ' ORDER BY v.task_id) FROM tasker_core_current_tasks AS v);
EXCEPTION WHEN OTHERS THEN
    RETURN 'refused: ' || sqlerrm;
END $$;
-- Makes a change, tries it and takes it back.
CREATE PROCEDURE pg_temp.try(change text, table_name text, column_name text, command text, tries_life boolean, examines boolean) LANGUAGE plpgsql AS $$
DECLARE
    migration text := 'works';
    life text;
    detail text;
    before text;
    views text;
BEGIN
    BEGIN
        PERFORM created FROM tasker_create_task('order', '{}', options => '{"identity": "none"}');
        before := CASE WHEN tries_life THEN pg_temp.viewed() END;
        BEGIN
            PERFORM set_config('TimeZone', 'UTC', true);
            EXECUTE command;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
            migration := concat_ws(': ', SQLERRM, substring(detail FROM 'on (view .*) depends on'));
        END;
        IF migration = 'works' AND tries_life THEN
            views := replace(pg_temp.viewed(), before, 'same');
        END IF;
        IF migration = 'works' AND tries_life THEN
            life := pg_temp.life();
        END IF;
        -- It may find problems, but must report them.
        IF migration = 'works' AND examines THEN
            PERFORM count(*) FROM tasker_doctor();
        END IF;
        RAISE EXCEPTION 'undone' USING ERRCODE = 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
        INSERT INTO trials VALUES (change, table_name, column_name, migration, life, views);
    END;
END
$$;
-- Where every column can be changed, all of a table are changed at once.
CREATE VIEW pg_temp.changes AS
WITH e AS (
    SELECT table_name, column_name, type_name, column_position FROM public._tasker_expected_columns()
), t AS (
    SELECT DISTINCT table_name FROM e
)
SELECT 'add' AS change, table_name, 'extra, more' AS column_name, 'ADD COLUMN extra text, ADD COLUMN more text NOT NULL DEFAULT ''x''' AS command FROM t
UNION ALL
SELECT 'rename table', table_name, NULL, 'RENAME TO renamed' FROM t
UNION ALL
SELECT 'rename', table_name, column_name, format('RENAME COLUMN %I TO renamed', column_name) FROM e
UNION ALL
SELECT 'drop', table_name, column_name, format('DROP COLUMN %I CASCADE', column_name) FROM e
UNION ALL
SELECT 'longer', table_name, string_agg(column_name, ', ' ORDER BY column_position),
    string_agg(format('ALTER COLUMN %I TYPE varchar(500)', column_name), ', ') FROM e WHERE type_name LIKE 'character%' GROUP BY table_name
UNION ALL
SELECT 'text', table_name, string_agg(column_name, ', ' ORDER BY column_position),
    string_agg(format('ALTER COLUMN %I TYPE text', column_name), ', ') FROM e WHERE type_name LIKE 'character%' GROUP BY table_name
UNION ALL
SELECT 'precision', table_name, string_agg(column_name, ', ' ORDER BY column_position),
    string_agg(format('ALTER COLUMN %I TYPE timestamp(3)', column_name), ', ') FROM e WHERE type_name LIKE 'timestamp%' GROUP BY table_name
UNION ALL
SELECT 'domain', table_name, string_agg(column_name, ', ' ORDER BY column_position),
    string_agg(format('ALTER COLUMN %I TYPE migrations.%I', column_name, 'domain over ' || type_name), ', ') FROM e GROUP BY table_name
UNION ALL
SELECT 'bigint', table_name, column_name, format('ALTER COLUMN %I TYPE bigint', column_name) FROM e WHERE type_name = 'integer'
UNION ALL
SELECT 'timestamptz', table_name, column_name, format('ALTER COLUMN %I TYPE timestamptz', column_name) FROM e WHERE type_name LIKE 'timestamp%'
UNION ALL
SELECT 'json', table_name, column_name, format('ALTER COLUMN %1$I DROP DEFAULT, ALTER COLUMN %1$I TYPE json', column_name) FROM e WHERE type_name = 'jsonb'
UNION ALL
SELECT 'jsonb', table_name, column_name, format('ALTER COLUMN %I TYPE jsonb', column_name) FROM e WHERE type_name = 'json';
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT change, table_name, column_name, format('ALTER TABLE migrations.%I %s', table_name, command) AS command
             FROM pg_temp.changes WHERE command <> '' ORDER BY 1, 2, 3
    LOOP
        CALL pg_temp.try(c.change, c.table_name, c.column_name, c.command, true, c.change IN ('domain', 'drop', 'json', 'jsonb', 'rename table'));
    END LOOP;
END
$$;

\echo == what works
SELECT change, table_name, string_agg(column_name, ', ' ORDER BY column_name) FROM trials WHERE life = 'works' GROUP BY change, table_name ORDER BY 1, 2;
\echo == what PostgreSQL refuses
SELECT change, table_name, column_name, migration FROM trials WHERE migration <> 'works' ORDER BY 1, 2, 3;
\echo == what the first call that needs the column refuses
SELECT change, table_name, column_name, substring(life FROM 10) FROM trials WHERE life LIKE 'refused%' ORDER BY 1, 2, 3;
\echo == anything else: nothing
SELECT change, table_name, column_name, life FROM trials WHERE migration = 'works' AND life <> 'works' AND life NOT LIKE 'refused%' ORDER BY 1, 2, 3;

\echo == what the views answer then
-- A precision rounds the times.
SELECT change, coalesce(substring(views FROM '^(same$|refused)'), 'other rows') AS views, count(*)
FROM trials WHERE migration = 'works' AND change <> 'precision' GROUP BY 1, 2 ORDER BY 1, 2;

\echo == what PostgreSQL refuses more where the functions and the view of the engine were replaced
-- A stand-in for the engine's view, with the columns that it names.
CREATE VIEW tasker_step_dag_relationships AS
SELECT step.workflow_step_id, step.task_id, step.named_step_id, '[]'::jsonb AS parent_step_ids, '[]'::jsonb AS child_step_ids,
    (SELECT count(*) FROM tasker_workflow_step_edges AS edge WHERE edge.to_step_id = step.workflow_step_id) AS parent_count,
    (SELECT count(*) FROM tasker_workflow_step_edges AS edge WHERE edge.from_step_id = step.workflow_step_id) AS child_count,
    true AS is_root_step, true AS is_leaf_step, 0 AS min_depth_from_root
FROM tasker_workflow_steps AS step;
SELECT DISTINCT action FROM tasker_replace_rails_functions();
TRUNCATE trials;
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT change, table_name, column_name, format('ALTER TABLE migrations.%I %s', table_name, command) AS command
             FROM pg_temp.changes ORDER BY 1, 2, 3
    LOOP
        CALL pg_temp.try(c.change, c.table_name, c.column_name, c.command, false, false);
    END LOOP;
END
$$;
SELECT change, table_name, column_name, migration FROM trials WHERE migration <> 'works' ORDER BY 1, 2, 3;
-- The engine's own view would refuse them too. Without the wrapper and the original it is not in the way.
BEGIN;
SELECT DISTINCT action FROM tasker_restore_rails_functions();
DROP VIEW tasker_step_dag_relationships;
ALTER TABLE tasker_named_steps ALTER COLUMN named_step_id TYPE bigint;
ALTER TABLE tasker_workflow_steps ALTER COLUMN named_step_id TYPE bigint;
ROLLBACK;
SELECT DISTINCT action FROM tasker_restore_rails_functions();
DROP VIEW tasker_step_dag_relationships;

\echo == a column that must be given a value
\set create 'SELECT created FROM tasker_create_task(\'order\', \'{}\', options => \'{"identity": "none"}\');'
ALTER TABLE tasker_tasks ADD COLUMN tenant text;
UPDATE tasker_tasks SET tenant = 'a';
ALTER TABLE tasker_tasks ALTER COLUMN tenant SET NOT NULL;
:create
\echo :SQLSTATE
-- What does not create tasks goes on.
SELECT count(*) FROM tasker_claim_steps('w');
SELECT count(*) > 0 FROM tasker_register_task('{"name": "other", "step_templates": [{"name": "pay"}]}');
SELECT check_name, object, fix FROM tasker_doctor();
-- A trigger may give the value.
CREATE FUNCTION give_tenant() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.tenant := 'a'; RETURN NEW; END $$;
CREATE TRIGGER give_tenant BEFORE INSERT ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION give_tenant();
:create
DROP TRIGGER give_tenant ON tasker_tasks;
:create
-- So may a default, and a domain's.
ALTER TABLE tasker_tasks ALTER COLUMN tenant SET DEFAULT 'a';
:create
CREATE DOMAIN tenant AS text DEFAULT 'a';
ALTER TABLE tasker_tasks ALTER COLUMN tenant DROP DEFAULT, ALTER COLUMN tenant TYPE tenant;
:create
ALTER TABLE tasker_tasks DROP COLUMN tenant;
-- Transitions are written by everything that moves a step; reading goes on.
ALTER TABLE tasker_workflow_step_transitions ADD COLUMN shard integer NOT NULL DEFAULT 1;
ALTER TABLE tasker_workflow_step_transitions ALTER COLUMN shard DROP DEFAULT;
SELECT count(*) FROM tasker_claim_steps('w');
SELECT count(*) > 0 FROM tasker_find_tasks();
ALTER TABLE tasker_workflow_step_transitions DROP COLUMN shard;

\echo == ids of a domain over a domain: all goes on, and the installation can be mended
CREATE DOMAIN ident AS "domain over bigint";
ALTER TABLE tasker_workflow_step_transitions ALTER COLUMN workflow_step_id TYPE ident;
SELECT pg_temp.life();
DROP TRIGGER tasker_core_sync_insert ON tasker_workflow_step_transitions;
SELECT severity, check_name, object FROM tasker_doctor();
SELECT object, action FROM tasker_install();
SELECT pg_temp.life();
SELECT fix FROM tasker_doctor();
ALTER TABLE tasker_workflow_step_transitions ALTER COLUMN workflow_step_id TYPE bigint;
-- What is left out is filled in as the domain allows.
SELECT task_id FROM tasker_create_task('order', '{}', options => '{"identity": "none"}') \gset
CREATE DOMAIN known_state AS varchar CHECK (VALUE <> 'pending');
ALTER TABLE tasker_task_transitions ALTER COLUMN from_state TYPE known_state;
INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, created_at, updated_at) VALUES (:task_id, 'in_progress', 1, now(), now());
ALTER TABLE tasker_task_transitions ALTER COLUMN from_state TYPE varchar;
SELECT tasker_delete_task(:task_id, true) IS NOT NULL;

\echo == a column that was renamed
ALTER TABLE tasker_workflow_steps RENAME COLUMN skippable TO optional;
SELECT count(*) FROM tasker_find_tasks();
\echo :SQLSTATE
SELECT object, action FROM tasker_install();
ALTER TABLE tasker_workflow_steps RENAME COLUMN optional TO skippable;
-- Reading needs the results and the contexts as well.
ALTER TABLE tasker_workflow_steps RENAME COLUMN results TO outcome;
SELECT count(*) FROM tasker_failures();
ALTER TABLE tasker_workflow_steps RENAME COLUMN outcome TO results;
SELECT count(*) > 0 FROM tasker_find_tasks();

\echo == a table that was renamed, and one that was dropped
ALTER TABLE tasker_named_steps RENAME TO steps_of_mine;
:create
SELECT object, action FROM tasker_install();
\echo :SQLSTATE
ALTER TABLE steps_of_mine RENAME TO tasker_named_steps;
:create
DROP TABLE tasker_task_annotations;
SELECT count(*) > 0 FROM tasker_find_tasks();
SELECT object, action FROM tasker_install();
SELECT count(*) > 0 FROM tasker_find_tasks();
SELECT check_name, object FROM tasker_doctor();

\echo == a role without rights learns no more than PostgreSQL tells it
CREATE ROLE regress_migrant;
GRANT USAGE ON SCHEMA migrations TO regress_migrant;
SET ROLE regress_migrant;
SELECT count(*) FROM tasker_core_current_tasks;
SELECT count(*) FROM tasker_find_tasks();
RESET ROLE;
DROP SCHEMA migrations CASCADE;
DROP ROLE regress_migrant;
