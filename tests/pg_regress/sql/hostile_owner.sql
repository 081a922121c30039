-- A superuser maintains the installation of a role that has put traps into it: whatever is attached to the tables of the
-- schema runs as their owner, never as the superuser. Each trap tries to make the owner a superuser, and notes as whom it ran.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
SELECT current_user AS superuser \gset
CREATE ROLE regress_hostile LOGIN;
CREATE SCHEMA evil AUTHORIZATION regress_hostile;
\c - regress_hostile
SET search_path = evil, public;
SELECT count(*) > 0 FROM tasker_install();
SELECT named_task_id IS NOT NULL FROM tasker_register_task('{"name":"t","step_templates":[{"name":"a"},{"name":"b","depends_on_step":"a"}]}');
SELECT count(*) FROM (SELECT tasker_create_task('t', jsonb_build_object('i', i)) FROM generate_series(1, 3) AS i) AS created;

CREATE TABLE trapped (trap text, ran_as name);
GRANT SELECT, INSERT ON trapped TO PUBLIC;
CREATE FUNCTION spring(trap text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO evil.trapped VALUES (trap, current_user);
    -- A setting that would bend what the superuser does next.
    PERFORM set_config('search_path', 'evil', false);
    BEGIN
        EXECUTE 'RESET ROLE';
    EXCEPTION WHEN OTHERS THEN
    END;
    BEGIN
        EXECUTE 'RESET SESSION AUTHORIZATION';
    EXCEPTION WHEN OTHERS THEN
    END;
    BEGIN
        EXECUTE 'ALTER ROLE regress_hostile SUPERUSER';
    EXCEPTION WHEN insufficient_privilege THEN
    END;
    RETURN true;
END
$$;
-- PostgreSQL believes that this has no effect.
CREATE FUNCTION lure(trap text, value bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    PERFORM evil.spring(trap);
    RETURN value;
END
$$;
CREATE FUNCTION springing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM evil.spring('trigger of ' || TG_TABLE_NAME);
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE FUNCTION alike(bigint, bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.spring('operator') AND int8eq($1, $2) $$;
CREATE OPERATOR = (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = alike);
CREATE FUNCTION get_task_execution_context(input_task_id bigint) RETURNS TABLE (
    task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint,
    in_progress_steps bigint, completed_steps bigint, failed_steps bigint, ready_steps bigint,
    execution_status text, recommended_action text, completion_percentage numeric, health_status text)
LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.spring('function'); END $$;
SET search_path = pg_catalog;
-- Rows that the side rows do not follow, so that there is something to be written.
ALTER TABLE evil.tasker_workflow_steps DISABLE TRIGGER USER;
ALTER TABLE evil.tasker_tasks DISABLE TRIGGER USER;
INSERT INTO evil.tasker_tasks (named_task_id, requested_at, identity_hash, created_at, updated_at)
VALUES (1, '2026-01-01', 'unseen', '2026-01-01', '2026-01-01');
INSERT INTO evil.tasker_workflow_steps (task_id, named_step_id, created_at, updated_at)
SELECT max(task_id), 1, '2026-01-01', '2026-01-01' FROM evil.tasker_tasks;
UPDATE evil.tasker_workflow_steps SET retry_limit = 9 WHERE workflow_step_id = 1;
ALTER TABLE evil.tasker_core_steps ADD COLUMN computed bigint GENERATED ALWAYS AS (evil.lure('generated column', task_id)) STORED;
CREATE INDEX trap ON evil.tasker_core_steps (evil.lure('index', workflow_step_id)) WHERE evil.lure('predicate', task_id) > 0;
CREATE INDEX trap_of_steps ON evil.tasker_workflow_steps (evil.lure('index of the engine', workflow_step_id));
ALTER TABLE evil.tasker_core_tasks ADD CONSTRAINT trap CHECK (evil.spring('check'));
ALTER TABLE evil.tasker_core_hints ADD COLUMN trap boolean DEFAULT evil.spring('default');
CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON evil.tasker_core_steps FOR EACH ROW EXECUTE FUNCTION evil.springing();
CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON evil.tasker_core_tasks FOR EACH ROW EXECUTE FUNCTION evil.springing();
CREATE TRIGGER trap BEFORE INSERT OR UPDATE OR DELETE ON evil.tasker_core_counts FOR EACH ROW EXECUTE FUNCTION evil.springing();
CREATE POLICY trap ON evil.tasker_workflow_steps USING (evil.spring('policy'));
ALTER TABLE evil.tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
ALTER TABLE evil.tasker_workflow_steps FORCE ROW LEVEL SECURITY;
TRUNCATE evil.trapped;
\c - :superuser
SET client_min_messages = warning;
SET search_path = evil, public;

-- As the superuser, whose search_path leads to the schema, too.
SET search_path = evil, public;
\set after 'SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = ''regress_hostile''), current_setting(''search_path''), current_user = session_user;'
\set SHOW_CONTEXT never
SELECT count(*) > 0 FROM tasker_doctor();
:after
SELECT count(*) > 0 FROM tasker_rebuild();
\echo :SQLSTATE
:after
SELECT action, count(*) FROM tasker_install(verbose => true) GROUP BY action ORDER BY action;
:after
SELECT action, count(*) FROM tasker_rebuild() GROUP BY action ORDER BY action;
:after
SELECT action, count(*) FROM tasker_replace_rails_functions() GROUP BY action ORDER BY action;
SELECT action, count(*) FROM tasker_restore_rails_functions() GROUP BY action ORDER BY action;
:after
SELECT check_name, count(*) FROM tasker_doctor() GROUP BY check_name ORDER BY check_name;
:after
-- Most of the traps were sprung, as their owner.
SELECT trap, ran_as FROM trapped GROUP BY trap, ran_as ORDER BY trap, ran_as;

\echo == a trigger that would run later, when the superuser is no longer the owner, is refused
\c - regress_hostile
CREATE CONSTRAINT TRIGGER later AFTER UPDATE ON evil.tasker_core_tasks DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION evil.springing();
ALTER TABLE evil.tasker_tasks DISABLE TRIGGER USER;
UPDATE evil.tasker_tasks SET created_at = '2026-01-02' WHERE task_id = 1;
ALTER TABLE evil.tasker_tasks ENABLE TRIGGER USER;
\c - :superuser
SET client_min_messages = warning;
SET search_path = evil, public;
SELECT count(*) FROM tasker_install('evil');
\echo :SQLSTATE
:after
-- The owner itself may.
\c - regress_hostile
SELECT count(*) > 0 FROM tasker_install('evil');
DROP TRIGGER later ON evil.tasker_core_tasks;
\c - :superuser
SET client_min_messages = warning;
SET search_path = evil, public;

\echo == a role that owns nothing acts with its own rights only
CREATE ROLE regress_passer_by LOGIN;
GRANT USAGE ON SCHEMA evil TO regress_passer_by;
\c - regress_passer_by
SELECT count(*) FROM public._tasker_highest_id('evil'::regnamespace, 'tasker_tasks', 'task_id');
\echo :SQLSTATE
SELECT count(*) FROM public._tasker_unknown_states('evil'::regnamespace);
\echo :SQLSTATE
SELECT count(*) FROM public._tasker_several_current_transitions('evil'::regnamespace);
\echo :SQLSTATE
SELECT count(*) FROM public._tasker_rebuild('evil'::regnamespace);
\echo :SQLSTATE
\c - :superuser
SET client_min_messages = warning;
SET search_path = evil, public;
-- With rights on the tables it compares with the operators of PostgreSQL, and not with closer ones in the owner's schema.
\c - regress_hostile
CREATE FUNCTION evil.alike(varchar, text) RETURNS boolean LANGUAGE sql AS $$ SELECT evil.spring('closer operator') AND texteq($1, $2) $$;
CREATE OPERATOR evil.= (LEFTARG = varchar, RIGHTARG = text, FUNCTION = evil.alike);
GRANT SELECT ON ALL TABLES IN SCHEMA evil TO regress_passer_by;
\c - regress_passer_by
SELECT count(*) >= 0 AS read FROM public._tasker_drift('evil'::regnamespace);
SELECT count(*) >= 0 AS read FROM public._tasker_unknown_states('evil'::regnamespace);
SELECT count(*) >= 0 AS read FROM public._tasker_unqueued_steps('evil'::regnamespace);
\c - :superuser
SET client_min_messages = warning;
SET search_path = evil, public;
SELECT trap, ran_as FROM trapped WHERE trap = 'closer operator' AND ran_as = 'regress_passer_by';
-- (Under a path that leads to that schema it would spring.)
BEGIN;
ALTER FUNCTION public._tasker_drift(oid) SET search_path = pg_catalog, evil;
SET LOCAL ROLE regress_passer_by;
SELECT count(*) >= 0 AS read FROM public._tasker_drift('evil'::regnamespace);
SELECT DISTINCT trap, ran_as FROM trapped WHERE trap = 'closer operator' AND ran_as = 'regress_passer_by';
ROLLBACK;
DELETE FROM trapped WHERE ran_as = 'regress_passer_by';

\echo == expressions that the planner computes
\c - regress_hostile
CREATE INDEX ON evil.tasker_core_troubles ((evil.lure('index', 1)));
CREATE STATISTICS evil.of_rules ON (evil.lure('statistics', 1)), kind FROM evil.tasker_core_troubles;
CREATE STATISTICS evil.of_waits ON (evil.lure('statistics', 1)), task_id FROM evil.tasker_core_rules;
CREATE STATISTICS evil.of_steps ON (evil.lure('statistics', 1)), task_id FROM evil.tasker_workflow_steps;
\c - :superuser
SET client_min_messages = warning;
SET search_path = evil, public;
SELECT count(*) > 0 AS told FROM tasker_doctor();
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_hostile';
SELECT DISTINCT trap FROM trapped WHERE ran_as <> 'regress_hostile' AND trap IN ('index', 'statistics');
-- They have sprung, as their owner.
SELECT DISTINCT trap FROM trapped WHERE ran_as = 'regress_hostile' AND trap IN ('index', 'statistics') ORDER BY 1;
\c - regress_hostile
DROP STATISTICS evil.of_rules, evil.of_waits, evil.of_steps;
DROP INDEX evil.tasker_core_troubles_lure_idx;
\echo == a view in the place of a table
\c - regress_hostile
ALTER TABLE evil.tasker_task_transitions RENAME TO hidden;
CREATE VIEW evil.tasker_task_transitions AS SELECT * FROM evil.hidden WHERE evil.spring('view');
ALTER TABLE evil.tasker_core_parked RENAME TO hidden_too;
CREATE VIEW evil.tasker_core_parked AS SELECT * FROM evil.hidden_too WHERE evil.spring('view');
CREATE RULE trap AS ON DELETE TO evil.tasker_core_hints DO INSTEAD SELECT evil.spring('rule');
\c - :superuser
SET client_min_messages = warning;
SET search_path = evil, public;
SELECT check_name, object FROM tasker_doctor() WHERE severity = 'error' ORDER BY 1, 2;
SELECT count(*) FROM tasker_rebuild();
\echo :SQLSTATE
SELECT count(*) FROM tasker_install();
\echo :SQLSTATE
SELECT action, count(*) FROM tasker_uninstall(verbose => true) GROUP BY action ORDER BY action;
\echo :SQLSTATE
:after
SELECT trap, ran_as FROM trapped WHERE trap IN ('view', 'rule') OR ran_as <> 'regress_hostile';

DROP SCHEMA evil CASCADE;
DROP ROLE regress_hostile;
DROP ROLE regress_passer_by;
