-- Fair queues: tasks with different values of a key take turns, however many steps one of them has.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA fair_share;
SET search_path = fair_share, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
INSERT INTO tasker_task_namespaces (task_namespace_id, name, created_at, updated_at) VALUES (2, 'billing', '2026-01-01', '2026-01-01');
INSERT INTO tasker_named_tasks (named_task_id, name, task_namespace_id, created_at, updated_at) VALUES
    (2, 'invoice', 2, '2026-01-01', '2026-01-01'), (3, 'refund', 1, '2026-01-01', '2026-01-01');
-- Tasks of one step of the same id.
CREATE FUNCTION make(first bigint, last bigint, context jsonb, named_task integer DEFAULT 1) RETURNS void LANGUAGE sql
AS $$
    INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, context, created_at, updated_at)
    SELECT id, named_task, '2026-01-01', 'task ' || id, context, '2026-01-01', '2026-01-01' FROM generate_series(first, last) AS id;
    INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, attempts, created_at, updated_at)
    SELECT id, id, named_task, 0, '2026-01-01', '2026-01-01' FROM generate_series(first, last) AS id;
$$;
-- How many steps of each tenant a claim gets.
CREATE FUNCTION claimed(steps integer DEFAULT 1, names text[] DEFAULT NULL) RETURNS text LANGUAGE sql
AS $$
    SELECT string_agg(tenant || ' ' || claims, ', ' ORDER BY tenant)
    FROM (SELECT COALESCE(context->>'tenant', '-') AS tenant, count(*) AS claims
          FROM tasker_claim_steps('worker', steps, task_names => names) GROUP BY 1) AS of_tenants
$$;
CREATE VIEW queues AS
SELECT (SELECT count(*) FROM tasker_core_hints) AS hints, count(*) FILTER (WHERE bucket = '') AS fair,
    count(*) FILTER (WHERE bucket > '') AS delayed, count(DISTINCT share) AS shares,
    (SELECT count(*) FROM tasker_core_parked) AS parked
FROM tasker_core_shares;
CREATE FUNCTION empty() RETURNS void LANGUAGE sql AS $$ TRUNCATE tasker_tasks, tasker_workflow_steps CASCADE $$;

-- Off until it is used.
SELECT value, origin, default_value FROM tasker_config('execution') WHERE option_name = 'fair_by';
SELECT make(1, 3, '{"tenant": "a"}'), make(4, 4, '{"tenant": "b"}');
SELECT * FROM queues;
SELECT claimed(3);

-- It is set for all tasks, for a namespace or for the name of a task.
SELECT tasker_set_config('execution', '{"fair_by": "tenant"}');
SELECT tasker_set_config('execution', '{"fair_by": [1]}');
SELECT tasker_set_config('execution', '{"fair_by": [""]}');
SELECT tasker_set_config('execution', '{"fair_by": ["a","b","c","d","e","f","g","h","i","j","k"]}');
SELECT tasker_set_config('execution', '{"fair_by": ["tenant"]}', 'step_name:step_1');
SELECT tasker_set_config('execution', '{"fair_by": ["tenant"]}', 'task:1');
SELECT tasker_set_config('execution', '{"fair_by": ["tenant"]}', 'namespace:default') > 0 AS set;

-- 100,000 steps of tenant a, then 10 of b: all of these start within two claims of ten.
SELECT empty();
SELECT make(1, 100000, '{"tenant": "a"}'), make(100001, 100010, '{"tenant": "b"}');
SELECT * FROM queues;
SELECT claimed(10), claimed(10);
SELECT claimed(10);
-- It reads the index at the places of those whose turn it is, however many wait.
CREATE VIEW entries_read AS
SELECT sum(pg_stat_get_xact_tuples_returned(oid)) AS entries FROM pg_class
WHERE relnamespace = 'fair_share'::regnamespace AND relname LIKE 'tasker\_core\_shares%';
BEGIN;
SELECT entries FROM entries_read \gset before_
SELECT claimed(10);
SELECT entries - :before_entries BETWEEN 10 AND 200 AS is_bounded FROM entries_read;
SELECT entries FROM entries_read \gset before_
SELECT claimed(10, '{order}');
SELECT entries - :before_entries BETWEEN 10 AND 200 AS is_bounded FROM entries_read;
COMMIT;
SELECT count(*) FROM _tasker_unqueued_steps('fair_share'::regnamespace);
-- One at a time, also for a tenant that comes later.
SELECT make(100011, 100012, '{"tenant": "b"}');
SELECT string_agg(claimed(), ' ') FILTER (WHERE number <= 2) AS first, string_agg(claimed(), ' ') FILTER (WHERE number > 2) AS others
FROM generate_series(1, 4) AS number \g /dev/null
SELECT count(*) AS left_of_b FROM tasker_core_shares WHERE task_id > 100000;
SELECT make(100013, 100013, '{"tenant": "c"}');
SELECT claimed(2) IS NOT NULL AS claims;
SELECT count(*) AS left_of_c FROM tasker_core_shares WHERE task_id > 100000;
-- The order in which an operator sees them is that of the turns.
SELECT make(100014, 100015, '{"tenant": "b"}');
SELECT count(*) FILTER (WHERE task_id > 100000) AS of_b, min(source) AS source, count(*) FROM tasker_next_steps(4);
SELECT waits->0->>'kind' AS kind, regexp_replace(waits->0->>'detail', '\d+', 'N') AS detail
FROM (SELECT tasker_explain_task(100014)->'waits' AS waits) AS explained;

-- Priorities stay above: a step of a higher one comes first, and the shares of each take turns.
SELECT empty();
SELECT make(1, 20, '{"tenant": "a"}'), make(21, 24, '{"tenant": "b"}');
SELECT count(tasker_set_task_priority(id, 5)) FROM generate_series(11, 20) AS id;
SELECT count(*) AS first FROM tasker_claim_steps('worker', 8) WHERE workflow_step_id BETWEEN 11 AND 20;
SELECT make(25, 26, '{"tenant": "c"}');
SELECT count(tasker_set_task_priority(id, 5)) FROM generate_series(25, 26) AS id;
SELECT claimed(4);
SELECT claimed(6);

-- The value may be anything; without the key, it is null. Values of different types differ.
SELECT empty();
CREATE FUNCTION shares(VARIADIC contexts text[]) RETURNS bigint LANGUAGE plpgsql
AS $$
DECLARE
    id bigint := 0;
    context text;
BEGIN
    PERFORM empty();
    FOREACH context IN ARRAY contexts LOOP
        id := id + 1;
        PERFORM make(id, id, context::jsonb);
    END LOOP;
    RETURN (SELECT count(DISTINCT share) FROM tasker_core_shares WHERE task_id <= id);
END
$$;
SELECT shares('{}', NULL, '{"tenant": null}', '[]', '"tenant"', '{"other": "a"}') AS one;
SELECT shares('{"tenant": 1}', '{"tenant": "1"}', '{"tenant": true}', '{"tenant": "true"}', '{"tenant": "null"}', '{}') AS six;
SELECT shares('{"tenant": {"a": 1, "b": 2}}', '{"tenant": {"b": 2, "a": 1}}', '{"tenant": [1, 2]}', '{"tenant": [2, 1]}') AS three;
SELECT shares('{"tenant": "Zoë"}', '{"tenant": "zoë"}', '{"tenant": "\u0061"}', '{"tenant": "a"}', '{"tenant": "''; DROP TABLE tasker_tasks; --"}') AS four;
SELECT shares(('{"tenant": "' || repeat('x', 100000) || '"}'), ('{"tenant": "' || repeat('x', 100001) || '"}')) AS two;
SELECT count(*) FROM tasker_claim_steps('worker', 10);
-- A path; names with quotes.
SELECT tasker_set_config('execution', '{"fair_by": ["customer", "a \"quoted\\name"]}', 'namespace:default') > 0 AS set;
SELECT shares('{"customer": {"a \"quoted\\name": 1}}', '{"customer": {"a \"quoted\\name": 2}}', '{"customer": 1}', '{}') AS three;
-- The key of a name counts more than that of its namespace; an empty path ends it.
SELECT tasker_set_config('execution', '{"fair_by": ["tenant"]}', 'namespace:default') > 0 AS set;
SELECT tasker_set_config('execution', '{"fair_by": []}', 'task_name:refund') > 0 AS set;
SELECT empty();
SELECT make(1, 2, '{"tenant": "a"}'), make(3, 4, '{"tenant": "a"}', 3), make(5, 6, '{"tenant": "a"}', 2);
SELECT * FROM queues;
-- What is fair and what is not comes in the order of its rank.
SELECT array_agg(workflow_step_id ORDER BY workflow_step_id) FROM tasker_claim_steps('worker', 10);

-- Filters.
SELECT tasker_set_config('execution', '{"fair_by": ["tenant"]}') > 0 AS set;
SELECT tasker_set_config('execution', '{"fair_by": null}', 'task_name:refund') > 0 AS set;
SELECT empty();
SELECT make(1, 300, '{"tenant": "a"}'), make(301, 302, '{"tenant": "b"}', 2), make(303, 304, '{"tenant": "a"}', 2), make(305, 306, '{"tenant": "c"}', 3);
SELECT claimed(2, '{invoice}');
SELECT count(*), min(task_name) FROM tasker_claim_steps('worker', 10, namespaces => '{billing}');
SELECT count(*), min(step_name) FROM tasker_claim_steps('worker', 1, step_names => '{step_3}');
SELECT count(*), min(step_name) FROM tasker_claim_steps('worker', 10, namespaces => '{default}', step_names => '{step_3}');
SELECT count(*) FROM tasker_claim_steps('worker', 10, task_names => '{invoice}');
SELECT count(*) FROM tasker_claim_steps('worker', 400);
SELECT * FROM queues;

-- Steps that become ready by the end of others, failures and retries.
SELECT empty();
SELECT make_task(1, 1, 3, '{{1,2},{1,3}}'), make_task(2, 11, 1);
UPDATE tasker_tasks SET context = '{"tenant": "a"}' WHERE task_id = 1;
SELECT * FROM queues;
SELECT count(*) FROM tasker_claim_steps('worker', 5);
SELECT state FROM tasker_complete_step(1, NULL, (SELECT claim_token FROM tasker_core_leases WHERE workflow_step_id = 1));
SELECT state FROM tasker_fail_step(11, '"no"', true, NULL, (SELECT claim_token FROM tasker_core_leases WHERE workflow_step_id = 11));
SELECT * FROM queues;
SET tasker_core.fake_now = '2026-01-01 13:00:00+00';
SELECT claimed() IS NOT NULL AS one, claimed(5) IS NOT NULL AS others;
SELECT * FROM queues;
SELECT count(*) FROM tasker_core_leases;
-- The engine moves a step itself; and a step gets a parent.
SELECT make_task(3, 21, 2);
SELECT move_step(21, 'in_progress');
SELECT * FROM queues;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) VALUES (21, 22, 'provides', '2026-01-01', '2026-01-01');
SELECT * FROM queues;
SELECT * FROM tasker_rebuild('fair_share') WHERE action <> 'unchanged';
SELECT check_name, severity FROM tasker_doctor('fair_share') WHERE severity <> 'ok';

-- A limit: shares take turns for its slots as well.
SELECT empty();
SELECT tasker_set_limit('namespace', 'default', max_running => 4);
SELECT make(1, 200, '{"tenant": "a"}'), make(201, 210, '{"tenant": "b"}');
SELECT claimed(100);
SELECT claimed(100);
SELECT running, waiting FROM tasker_limits();
SELECT * FROM queues;
SELECT count(*), min(source), min(bucket) FROM tasker_next_steps(5);
CREATE FUNCTION finish(steps integer) RETURNS bigint LANGUAGE sql
AS $$
    SELECT count(ended.state)
    FROM (SELECT workflow_step_id, claim_token FROM tasker_core_leases ORDER BY workflow_step_id LIMIT steps) AS lease,
        tasker_complete_step(lease.workflow_step_id, NULL, lease.claim_token) AS ended
$$;
SELECT finish(4);
SELECT claimed(100);
SELECT finish(4);
SELECT claimed(100);
-- A tenant that comes while the limit is reached gets some of the next slots.
SELECT tasker_set_limit('namespace', 'default', max_running => 6);
SELECT claimed(100);
SELECT make(211, 212, '{"tenant": "c"}');
SELECT claimed(100);
SELECT finish(6);
SELECT claimed(100);
-- A pause, and its end.
SELECT tasker_pause('namespace', 'default');
SELECT finish(6);
SELECT claimed(100);
SELECT tasker_resume('namespace', 'default');
SELECT * FROM queues;
SELECT tasker_set_limit('namespace', 'default');
SELECT * FROM queues;
SELECT claimed(10);
SELECT count(*) FROM tasker_claim_steps('worker', 1000);
SELECT * FROM queues;

-- Set while steps wait: claims move them to the fair queue, 1,000 at a time. Ended: those in it go on taking turns.
SELECT empty();
SELECT tasker_set_config('execution', '{"fair_by": null}') > 0 AS ended, tasker_set_config('execution', '{"fair_by": null}', 'namespace:default') > 0 AS ended;
SELECT make(1, 1500, '{"tenant": "a"}'), make(1501, 1510, '{"tenant": "b"}');
SELECT * FROM queues;
SELECT tasker_set_config('execution', '{"fair_by": ["tenant"]}') > 0 AS set;
SELECT claimed(2);
SELECT * FROM queues;
SELECT claimed(2);
SELECT * FROM queues;
SELECT claimed(10);
SELECT tasker_set_config('execution', '{"fair_by": null}') > 0 AS ended;
SELECT make(1511, 1511, '{"tenant": "c"}');
SELECT * FROM queues;
SELECT claimed(9);
-- A purge of tasks, and their deletion by hand, leave nothing.
SELECT count(deleted) FROM (SELECT task_id FROM tasker_core_shares LIMIT 5) AS shared, tasker_delete_task(shared.task_id, force => true) AS deleted;
SELECT * FROM queues;
DELETE FROM tasker_workflow_steps WHERE workflow_step_id = (SELECT max(workflow_step_id) FROM tasker_core_shares);
SELECT * FROM queues;
INSERT INTO tasker_core_shares VALUES (9999, 9999, '', 9999, 1, 1, '2026-01-01', 0, 1);
SELECT * FROM tasker_rebuild('fair_share') WHERE object LIKE '%shares';

-- Schedulers get tasks in turn as well.
SELECT empty();
SELECT tasker_set_config('execution', '{"fair_by": ["tenant"]}') > 0 AS set;
SELECT make(1, 50, '{"tenant": "a"}'), make(51, 53, '{"tenant": "b"}');
SELECT count(*) FILTER (WHERE task_id > 50) AS of_b, count(*) FROM tasker_due_tasks('scheduler', 4);
SELECT count(*) FILTER (WHERE task_id > 50) AS of_b, count(*) FROM tasker_due_tasks('scheduler', 4);

-- Roles: without rights, nothing; under row-level security, only what the policies show.
SELECT empty();
CREATE ROLE regress_fair_none;
CREATE ROLE regress_fair_b;
GRANT USAGE ON SCHEMA fair_share TO regress_fair_none, regress_fair_b;
SELECT make(1, 500, '{"tenant": "a"}'), make(501, 503, '{"tenant": "b"}');
SET ROLE regress_fair_none;
SELECT count(*) FROM tasker_claim_steps('worker', 10);
SELECT count(*) FROM tasker_core_shares;
RESET ROLE;
GRANT SELECT, INSERT, UPDATE ON tasker_tasks, tasker_workflow_steps, tasker_workflow_step_edges,
    tasker_workflow_step_transitions, tasker_task_transitions, tasker_named_steps, tasker_named_tasks, tasker_task_namespaces
    TO regress_fair_b;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA fair_share TO regress_fair_b;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasker_tasks TO regress_fair_b USING (context->>'tenant' = 'b');
CREATE POLICY tenant ON tasker_workflow_steps TO regress_fair_b
    USING (EXISTS (SELECT FROM tasker_tasks AS task WHERE task.task_id = tasker_workflow_steps.task_id));
SET ROLE regress_fair_b;
SELECT place, task_id FROM tasker_next_steps(5);
SELECT count(*), min(task_id) FROM tasker_due_tasks('scheduler', 1);
SELECT claimed();
SELECT claimed(10, '{order}');
SELECT claimed(10);
SELECT count(*) FROM tasker_core_shares;
RESET ROLE;
SELECT count(*) FILTER (WHERE xmax::text <> '0') AS locked, count(*) FROM tasker_core_shares;
SELECT count(*) FROM tasker_claim_steps('worker', 1000);

-- However many priorities other names have, a claim finds the steps of its own.
SELECT empty();
SELECT tasker_set_config('execution', '{"fair_by": ["tenant"]}') > 0 AS begun;
SELECT make(600, 639, '{"tenant": "a"}', 2), make(640, 640, '{"tenant": "b"}', 3);
UPDATE tasker_core_shares SET priority = workflow_step_id - 600 WHERE workflow_step_id < 640;
SELECT claimed(10, '{refund}');
-- One share has much more than the others.
SELECT empty();
SELECT count(make(id, id, jsonb_build_object('tenant', id))) AS tenants FROM generate_series(700, 749) AS id;
SELECT make(800, 1299, '{"tenant": "big"}');
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 540);
SELECT count(*) AS claimed FROM tasker_claim_steps('worker', 540);
SELECT empty();

-- Earlier layouts have no fair queues.
DROP TABLE tasker_core_shares CASCADE;
SELECT make(504, 504, '{"tenant": "b"}');
SELECT claimed(10);
SELECT tasker_set_config('execution', '{"fair_by": ["customer"]}');
SELECT tasker_set_config('execution', '{"fair_by": null}') > 0 AS ended;

RESET search_path;
DROP OWNED BY regress_fair_none, regress_fair_b;
DROP ROLE regress_fair_none, regress_fair_b;
DROP SCHEMA fair_share CASCADE;
