-- A map reads its list and adds its copies as the role that defined it, whichever role ends the parent.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE map_roles_owner;
CREATE ROLE map_roles_blue;
CREATE ROLE map_roles_reader;
CREATE ROLE map_roles_worker BYPASSRLS;
CREATE SCHEMA map_roles AUTHORIZATION map_roles_owner;
GRANT USAGE ON SCHEMA map_roles TO map_roles_blue, map_roles_reader, map_roles_worker;
SET search_path = map_roles, public;
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SET ROLE map_roles_owner;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT tasker_register_task('{"name": "mailing", "step_templates": [
    {"name": "list"}, {"name": "mail", "depends_on_step": "list", "for_each": {"step": "list"}}, {"name": "report", "depends_on_step": "mail"}]}') IS NOT NULL AS registered;
SELECT format('GRANT SELECT, INSERT, UPDATE ON %s TO map_roles_blue, map_roles_reader, map_roles_worker',
    string_agg(quote_ident(relname), ', ')) AS grants
FROM pg_class WHERE relnamespace = 'map_roles'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'tasker\_core\_%' \gset
:grants;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA map_roles TO map_roles_blue, map_roles_reader, map_roles_worker;
RESET ROLE;
CREATE FUNCTION id_of(task bigint, step text, copy int DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
    SELECT workflow_step_id FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id)
    WHERE task_id = task AND name = step AND (inputs #>> '{for_each,index}')::int IS NOT DISTINCT FROM copy $$;
CREATE FUNCTION run(task bigint, results jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    claim record;
BEGIN
    SELECT * INTO claim FROM tasker_claim_steps('worker', 1, task_id => task);
    PERFORM tasker_complete_step(claim.workflow_step_id, results, claim.claim_token);
    RETURN claim.step_name || coalesce(claim.inputs #>> '{for_each,element}', '');
END $$;
CREATE VIEW shown AS
SELECT step.task_id, name.name || coalesce('[' || (step.inputs #>> '{for_each,index}') || ']', '') AS step, side.state, step.results
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS name USING (named_step_id)
JOIN tasker_core_steps AS side USING (workflow_step_id)
ORDER BY step.workflow_step_id;

-- The role that defined the map may not add steps: the map fails for good, and the call that has ended the parent succeeds.
SET ROLE map_roles_reader;
SELECT task_id AS task FROM tasker_create_task('mailing', '{}') \gset
RESET ROLE;
REVOKE INSERT ON tasker_workflow_step_edges FROM map_roles_reader;
SET ROLE map_roles_worker;
SELECT run(:task, '[1, 2]');
RESET ROLE;
SELECT step, state, results FROM shown WHERE task_id = :task;
-- The worker that ends the parent needs no right to add steps.
GRANT INSERT ON tasker_workflow_step_edges TO map_roles_reader;
REVOKE INSERT ON tasker_workflow_steps, tasker_workflow_step_edges FROM map_roles_worker;
SET ROLE map_roles_reader;
SELECT state FROM tasker_reset_step(id_of(:task, 'mail'));
SELECT task_id AS other FROM tasker_create_task('mailing', '{}') \gset
SET ROLE map_roles_worker;
SELECT run(:other, '[1, 2]');
SELECT run(:other, '1'), run(:other, '2'), run(:other, '3');
RESET ROLE;
SELECT step, state, results FROM shown WHERE task_id IN (:task, :other);

-- Under row-level security: the list that the role may not see, copies that a policy forbids, results that it hides.
SET ROLE map_roles_owner;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasker_tasks USING (context ->> 'tenant' = replace(current_user, 'map_roles_', ''));
CREATE POLICY tenant ON tasker_workflow_steps USING (inputs ->> 'tenant' = replace(current_user, 'map_roles_', '')
    AND inputs #>> '{for_each,element}' IS DISTINCT FROM 'forbidden') WITH CHECK (inputs ->> 'tenant' = replace(current_user, 'map_roles_', '')
    AND inputs #>> '{for_each,element}' IS DISTINCT FROM 'forbidden');
SET ROLE map_roles_blue;
SELECT task_id AS seen FROM tasker_create_task('mailing', '{"tenant": "blue"}') \gset
SELECT task_id AS hidden FROM tasker_create_task('mailing', '{"tenant": "blue"}') \gset
SELECT task_id AS forbidden FROM tasker_create_task('mailing', '{"tenant": "blue"}') \gset
SELECT task_id AS late FROM tasker_create_task('mailing', '{"tenant": "blue"}') \gset
RESET ROLE;
UPDATE tasker_workflow_steps SET inputs = '{"tenant": "red"}' WHERE workflow_step_id = id_of(:hidden, 'list');
SET ROLE map_roles_worker;
SELECT run(:seen, '["a", "b"]'), run(:hidden, '["a", "b"]'), run(:forbidden, '["a", "forbidden"]'), run(:late, '["a", "b"]');
SET ROLE map_roles_blue;
SELECT step_name, inputs -> 'for_each' AS for_each, parent_results FROM tasker_claim_steps('blue', 1, task_id => :seen) \gx
RESET ROLE;
SELECT step, state, results FROM shown WHERE task_id IN (:seen, :hidden, :forbidden);
-- A copy is hidden from the role when it ends: its results are not gathered.
UPDATE tasker_workflow_steps SET inputs = inputs || '{"tenant": "red"}' WHERE workflow_step_id = id_of(:late, 'mail', 1);
SET ROLE map_roles_worker;
SELECT run(:late, '"A"'), run(:late, '"B"');
RESET ROLE;
SELECT step, state, results FROM shown WHERE task_id = :late;
-- What the role sees of its tasks.
SET ROLE map_roles_blue;
SELECT document ->> 'summary' AS summary FROM tasker_explain_step(id_of(:seen, 'mail')) AS document;
SELECT step_name, ready_for_execution AS ready, blocking_reason FROM tasker_step_readiness(:late);
RESET ROLE;

-- Traps at the head of the search_path, of the role that defined the map and of the one that ends the parent.
CREATE SCHEMA map_roles_traps;
GRANT USAGE ON SCHEMA map_roles_traps TO PUBLIC;
CREATE FUNCTION map_roles_traps.trap(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'captured'; END $$;
CREATE FUNCTION map_roles_traps.jsonb_array_elements(jsonb) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'captured'; END $$;
CREATE FUNCTION map_roles_traps.jsonb_array_length(jsonb) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'captured'; END $$;
CREATE FUNCTION map_roles_traps.jsonb_typeof(jsonb) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'captured'; END $$;
CREATE FUNCTION map_roles_traps.jsonb_path_query_array(jsonb, jsonpath) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'captured'; END $$;
CREATE FUNCTION map_roles_traps.joined(jsonb, jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'captured'; END $$;
CREATE FUNCTION map_roles_traps.same(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'captured'; END $$;
CREATE FUNCTION map_roles_traps.same(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'captured'; END $$;
CREATE OPERATOR map_roles_traps.|| (LEFTARG = jsonb, RIGHTARG = jsonb, FUNCTION = map_roles_traps.joined);
CREATE OPERATOR map_roles_traps.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = map_roles_traps.same);
CREATE OPERATOR map_roles_traps.= (LEFTARG = text, RIGHTARG = text, FUNCTION = map_roles_traps.same);
SET ROLE map_roles_blue;
SET search_path = map_roles_traps, pg_catalog, map_roles, public;
SELECT task_id AS task FROM tasker_create_task('mailing', '{"tenant": "blue"}') \gset
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('blue', 1, task_id => :task) \gset
SELECT array_length(ready_step_ids, 1) AS ready FROM tasker_complete_step(:step, '["a", "b"]', :'token');
SELECT count(*) FROM tasker_claim_steps('blue', 9, task_id => :task) AS claim, tasker_complete_step(claim.workflow_step_id, '"done"', claim.claim_token);
SET search_path = map_roles, public;
RESET ROLE;
SELECT step, state, results FROM shown WHERE task_id = :task;

-- A name that the owner of the side tables writes there: nothing runs as a role that has not defined the map.
SET ROLE map_roles_owner;
SELECT task_id AS forged FROM tasker_create_task('mailing', '{"tenant": "owner"}') \gset
UPDATE tasker_core_rules SET laid_down_by = 'map_roles_blue' WHERE task_id = :forged;
RESET ROLE;
SET ROLE map_roles_worker;
SELECT run(:forged, '["a"]');
RESET ROLE;
SELECT step, state, results FROM shown WHERE task_id = :forged;

DROP SCHEMA map_roles_traps CASCADE;
DROP OWNED BY map_roles_blue, map_roles_reader, map_roles_worker, map_roles_owner CASCADE;
DROP SCHEMA IF EXISTS map_roles CASCADE;
DROP ROLE map_roles_owner, map_roles_blue, map_roles_reader, map_roles_worker;
