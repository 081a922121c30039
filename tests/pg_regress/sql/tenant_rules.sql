-- Rules read and create as the role that defined them, whichever role evaluates them; FORCE ROW LEVEL SECURITY binds the owner.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE ROLE tenant_rules_owner;
CREATE ROLE tenant_rules_blue;
CREATE ROLE tenant_rules_red;
CREATE ROLE tenant_rules_worker BYPASSRLS;
CREATE SCHEMA tenant_rules AUTHORIZATION tenant_rules_owner;
GRANT USAGE ON SCHEMA tenant_rules TO tenant_rules_blue, tenant_rules_red, tenant_rules_worker;
SET search_path = tenant_rules, public;
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SET ROLE tenant_rules_owner;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT tasker_register_task('{"name":"order","step_templates":[{"name":"charge"}]}') IS NOT NULL AS registered;
SELECT tasker_register_task('{"name":"parent","step_templates":[{"name":"begin"},
    {"name":"part","depends_on_step":"begin","subtask":{"task_name":"order"}}]}') IS NOT NULL AS registered;
SELECT tasker_register_task('{"name":"chain","step_templates":[{"name":"a"},{"name":"b","depends_on_step":"a"},{"name":"c","depends_on_step":"b"}]}') IS NOT NULL AS registered;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasker_tasks USING (context ->> 'tenant' = replace(current_user, 'tenant_rules_', ''));
CREATE POLICY tenant ON tasker_workflow_steps
    USING (EXISTS (SELECT FROM tasker_tasks AS task WHERE task.task_id = tasker_workflow_steps.task_id));
DO $$
DECLARE rails_table text;
BEGIN
    FOR rails_table IN SELECT relname FROM pg_class WHERE relnamespace = 'tenant_rules'::regnamespace AND relkind = 'r'
        AND relname NOT LIKE 'tasker\_core\_%'
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tenant_rules_blue, tenant_rules_red, tenant_rules_worker', rails_table);
    END LOOP;
END $$;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA tenant_rules TO tenant_rules_blue, tenant_rules_red, tenant_rules_worker;
RESET ROLE;
CREATE FUNCTION id_of(task bigint, step text) RETURNS bigint LANGUAGE sql AS $$
    SELECT workflow_step_id FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id)
    WHERE task_id = task AND name = step $$;
CREATE FUNCTION run(task bigint, results jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    claim record;
BEGIN
    SELECT * INTO claim FROM tasker_claim_steps('worker', 1, task_id => task);
    PERFORM tasker_complete_step(claim.workflow_step_id, results, claim.claim_token);
    RETURN claim.step_name;
END $$;
CREATE FUNCTION shown() RETURNS TABLE (task_id bigint, name text, state text, results text, error text) LANGUAGE sql STABLE AS $$
SELECT step.task_id, name.name, transition.to_state AS state,
       regexp_replace(step.results::text, '"task_id": \d+', '"task_id": N'), transition.metadata ->> 'error_message' AS error
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS name USING (named_step_id)
LEFT JOIN tasker_workflow_step_transitions AS transition
    ON transition.workflow_step_id = step.workflow_step_id AND transition.most_recent
ORDER BY step.workflow_step_id
$$;

SET ROLE tenant_rules_red;
SELECT task_id AS red FROM tasker_create_task('order', '{"tenant": "red"}', options => '{"identity_key": "42"}') \gset
SELECT status IS NOT NULL AS done FROM (SELECT tasker_complete_step(workflow_step_id, '{"card": "4111"}', claim_token) AS status
    FROM tasker_claim_steps('red', 1)) AS ended;
SET ROLE tenant_rules_blue;
SELECT task_id AS blue FROM tasker_create_task('order', '{"tenant": "blue"}') \gset

-- A subtask by the key of another tenant's task is a task of one's own.
SELECT step_name, created FROM tasker_add_steps(:blue, '[{"name": "spy", "subtask": {"task_name": "order", "context": {"tenant": "blue"},
    "options": {"identity_key": "42"}}}]');
SELECT count(*) AS own FROM tasker_find_tasks(task_name => 'order');
-- A task that a policy forbids, a parent and a task to wait for that are hidden.
SELECT step_name FROM tasker_add_steps(:blue, '[{"name": "forge", "subtask": {"task_name": "order", "context": {"tenant": "red"}}}]');
SELECT step_name FROM tasker_add_steps(:blue, format('[{"name": "adopt", "subtask": {"task_name": "order", "context": {"tenant": "blue"},
    "options": {"parent_task_id": %s}}}]', :red)::jsonb);
SELECT name, state, replace(error, :'red', 'N') AS error FROM shown() WHERE task_id = :blue ORDER BY name;
\set VERBOSITY sqlstate
SELECT tasker_add_steps(:blue, format('[{"name": "watch", "wait": {"task": %s}}]', :red)::jsonb);
RESET ROLE;
-- No edge leads from a hidden step, and it is not told whose it is.
SELECT min(workflow_step_id) FILTER (WHERE task_id = :red) AS red_step, min(workflow_step_id) FILTER (WHERE task_id = :blue) AS blue_step
FROM tasker_workflow_steps \gset
SET tasker_core.enforce_edges = enforce;
SET ROLE tenant_rules_blue;
\set VERBOSITY default
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (:red_step, :blue_step, 'provides', '2026-01-01', '2026-01-01');
RESET tasker_core.enforce_edges;

-- A worker of another role carries a tenant's rule out as the tenant, with its own right it would see and create all.
SELECT task_id AS parent FROM tasker_create_task('parent', '{"tenant": "blue"}') \gset
SELECT task_id AS forger FROM tasker_create_task('parent', '{"tenant": "blue"}') \gset
UPDATE tasker_workflow_steps SET inputs = '{"tenant": "red"}' WHERE workflow_step_id = id_of(:forger, 'part');
SET ROLE tenant_rules_worker;
SELECT run(:parent, '{}');
SELECT run(:forger, '{}');
SET ROLE tenant_rules_blue;
SELECT name, state, error FROM shown() WHERE task_id IN (:parent, :forger);
SELECT context FROM tasker_tasks WHERE task_id = (SELECT max(task_id) FROM tasker_tasks);
RESET ROLE;
SELECT laid_down_by, length(seal) FROM tasker_core_rules WHERE workflow_step_id = id_of(:parent, 'part');

-- What becomes of it is read as the tenant, too.
SELECT waited_task_id AS child FROM tasker_core_rules WHERE workflow_step_id = id_of(:parent, 'part') \gset
-- One that completes when it is hidden from that role: the wait fails, and nothing loops.
BEGIN;
UPDATE tasker_tasks SET context = '{"tenant": "red"}' WHERE task_id = :child;
SELECT run(:child, '{"secret": 1}');
SELECT name, state, results FROM shown() WHERE task_id = :parent;
ROLLBACK;
SET ROLE tenant_rules_worker;
SELECT run(:child, '{"open": 1}');
SELECT name, state, results FROM shown() WHERE task_id = :parent;

-- The owner of the side tables cannot write a name there: nothing runs as a role that has not laid down the rule.
RESET ROLE;
CREATE TABLE ran_as (role text);
GRANT INSERT ON ran_as TO PUBLIC;
ALTER TABLE ran_as OWNER TO tenant_rules_owner;
SET ROLE tenant_rules_owner;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO tenant_rules.ran_as SELECT current_user; RETURN NEW; END $$;
CREATE TRIGGER tell BEFORE INSERT ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION tell();
SELECT task_id AS mine FROM tasker_create_task('parent', '{"tenant": "owner"}') \gset
SELECT task_id AS forged FROM tasker_create_task('parent', '{"tenant": "owner"}') \gset
SELECT task_id AS gone FROM tasker_create_task('parent', '{"tenant": "owner"}') \gset
UPDATE tasker_core_rules SET laid_down_by = 'tenant_rules_red' WHERE task_id = :forged;
UPDATE tasker_core_rules SET laid_down_by = 'absent at all' WHERE task_id = :gone;
DELETE FROM ran_as;
SET ROLE tenant_rules_worker;
SELECT run(:mine), run(:forged), run(:gone);
RESET ROLE;
SELECT * FROM ran_as;
SELECT task_id - :mine AS task, state, error FROM shown() WHERE task_id >= :mine AND name = 'part';
-- A superuser's rule runs nothing of the owner's as a superuser.
DELETE FROM ran_as;
SELECT task_id AS root FROM tasker_create_task('parent', '{"tenant": "owner"}') \gset
DELETE FROM ran_as;
SELECT run(:root, '{}');
SELECT * FROM ran_as;
DROP TRIGGER tell ON tasker_tasks;

-- A cycle that leads through hidden steps names those alone that the writer has named.
SELECT task_id AS red_chain FROM tasker_create_task('chain', '{"tenant": "red"}') \gset
SELECT id_of(:red_chain, 'a') AS red_first, id_of(:red_chain, 'c') AS red_last \gset
SET tasker_core.enforce_edges = warn;
BEGIN;
SET LOCAL ROLE tenant_rules_blue;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (:red_last, :blue_step, 'provides', '2026-01-01', '2026-01-01'), (:blue_step, :red_first, 'provides', '2026-01-01', '2026-01-01');
ROLLBACK;
BEGIN;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (:red_last, :blue_step, 'provides', '2026-01-01', '2026-01-01'), (:blue_step, :red_first, 'provides', '2026-01-01', '2026-01-01');
ROLLBACK;
RESET tasker_core.enforce_edges;

-- A privilege that the role does not have, without any policy.
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps DISABLE ROW LEVEL SECURITY;
SET ROLE tenant_rules_blue;
SELECT task_id AS poor FROM tasker_create_task('parent', '{"tenant": "blue"}') \gset
RESET ROLE;
REVOKE INSERT ON tasker_tasks FROM tenant_rules_blue;
SET ROLE tenant_rules_worker;
SELECT run(:poor, '{}');
SELECT state, error FROM shown() WHERE task_id = :poor AND name = 'part';
RESET ROLE;
GRANT INSERT ON tasker_tasks TO tenant_rules_blue;

-- An identity that only a raw row can have given away: what an INSERT would say.
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
INSERT INTO tasker_tasks (named_task_id, requested_at, context, identity_hash, created_at, updated_at)
SELECT named_task_id, '2026-01-01', '{"tenant": "red"}', encode(sha256(convert_to(jsonb_build_object(
    'namespace', 'default', 'name', 'order', 'key', 'stolen', 'role', 'tenant_rules_blue')::text, 'UTF8')), 'hex'), '2026-01-01', '2026-01-01'
FROM tasker_named_tasks WHERE name = 'order';
SET ROLE tenant_rules_blue;
SELECT created FROM tasker_create_task('order', '{"tenant": "blue"}', options => '{"identity_key": "stolen"}');
RESET ROLE;

-- FORCE binds the owner, in what it reads and in what it claims; a superuser is exempt.
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT count(*) > 0 AS found FROM tasker_find_steps(task_id => :poor);
SELECT id_of(:poor, 'begin') AS poor_step \gset
SET ROLE tenant_rules_owner;
SELECT count(*) > 0 AS found FROM tasker_find_steps(task_id => :poor);
SELECT count(*) > 0 AS found FROM tasker_step_readiness(:poor);
SELECT context ->> 'tenant' AS tenant, count(*) FROM tasker_claim_steps('owner', 100) GROUP BY 1;
\set VERBOSITY sqlstate
SELECT tasker_cancel_task(:poor);
SELECT tasker_explain_task(:poor);
SELECT tasker_finalize_task(:poor);
\set VERBOSITY default
SELECT tasker_set_limit('task_name', 'order', 1);
\set VERBOSITY sqlstate
SELECT tasker_pause('task_name', 'order');
SELECT tasker_set_config('backoff', '{"default_backoff_seconds": [2]}');
\set VERBOSITY default
SELECT to_state FROM tasker_step_history(:poor_step);
-- It claims, extends, ends, fails and goes on with what policies show, and with nothing else.
SELECT task_id AS own FROM tasker_create_task('chain', '{"tenant": "owner"}') \gset
SELECT step_name, workflow_step_id AS own_step, claim_token AS token FROM tasker_claim_steps('owner', 1, task_id => :own) \gset
SELECT status FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
SELECT step_name AS next, claim_token AS next_token, workflow_step_id AS next_step
FROM tasker_complete_and_claim(:own_step, '{"by": "owner"}', :'token', 'owner', task_id => :own) \gset
SELECT :'step_name' AS completed, :'next' AS claimed, state, exhausted FROM tasker_fail_step(:next_step, '{"error": "no"}', false, claim_token => :'next_token');
SELECT name, state, results, error FROM shown() WHERE task_id = :own;
SELECT state FROM tasker_core_steps WHERE task_id = :own ORDER BY workflow_step_id;
SELECT execution_status FROM tasker_task_context(:own);
SELECT * FROM tasker_maintain();
RESET ROLE;
SELECT task_id AS others FROM tasker_create_task('chain', '{"tenant": "blue"}') \gset
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker', 1, task_id => :others) \gset
SET ROLE tenant_rules_owner;
\set VERBOSITY sqlstate
SELECT status FROM tasker_heartbeat(ARRAY[:'token'::uuid]);
SELECT tasker_complete_step(:step, '{}', :'token');
SELECT tasker_fail_step(:step, '{}', claim_token => :'token');
SELECT tasker_release_step(:step, :'token');
SELECT ended_as, worker FROM tasker_core_leases WHERE workflow_step_id = :step;
SET row_security = off;
SELECT tasker_explain_task(:poor);
SELECT count(*) FROM tasker_claim_steps('owner', 1);
RESET row_security;
\set VERBOSITY default
RESET ROLE;

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP OWNED BY tenant_rules_blue, tenant_rules_red, tenant_rules_worker, tenant_rules_owner CASCADE;
DROP SCHEMA IF EXISTS tenant_rules CASCADE;
DROP ROLE tenant_rules_blue, tenant_rules_red, tenant_rules_worker, tenant_rules_owner;
