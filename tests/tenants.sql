-- What a tenant is told, by every function: run as role blue, once in a database that has only ever held blue's rows and once
-- in one that red shares (:red is true). tests/tenants.sh compares the answers. Ids are the same in both: whatever red has
-- made there, the sequences go on from the same numbers.
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA tasker;
CREATE EXTENSION tasker_core SCHEMA tasker;
CREATE SCHEMA app AUTHORIZATION tenants_owner;
GRANT USAGE ON SCHEMA tasker, app TO tenants_owner, tenants_blue, tenants_red;
GRANT CREATE ON SCHEMA app TO tenants_blue;
SET search_path = app, tasker, public;
CREATE FUNCTION public.go_on_from(number bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE sequence regclass;
BEGIN
    FOR sequence IN SELECT oid FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'S' LOOP
        PERFORM setval(sequence, number);
    END LOOP;
END $$;
\i pg_regress/calls.sql

SET ROLE tenants_owner;
SELECT count(*) > 0 FROM tasker_install();
SELECT count(*) FROM (VALUES
    ('{"name": "order", "step_templates": [{"name": "check", "default_retry_limit": 3}, {"name": "charge", "depends_on_step": "check"},
        {"name": "ship", "depends_on_step": "charge", "skippable": true}]}'::jsonb),
    ('{"name": "parent", "step_templates": [{"name": "begin"}, {"name": "part", "depends_on_step": "begin", "subtask": {"task_name": "order"}},
        {"name": "wait", "depends_on_step": "begin", "wait": {"signal": "go"}},
        {"name": "approve", "depends_on_step": "begin"}, {"name": "later", "depends_on_step": "begin"},
        {"name": "more", "depends_on_step": "begin"}, {"name": "sub", "depends_on_step": "begin"},
        {"name": "maybe", "depends_on_step": "begin", "when": {"begin": "$.big == true"}}]}')) AS known (template), LATERAL tasker_register_task(template);
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasker_tasks USING (context ->> 'tenant' = replace(current_user, 'tenants_', ''));
CREATE POLICY tenant ON tasker_workflow_steps
    USING (EXISTS (SELECT FROM tasker_tasks AS task WHERE task.task_id = tasker_workflow_steps.task_id));
DO $$
DECLARE rails_table text;
BEGIN
    FOR rails_table IN SELECT relname FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relkind = 'r'
        AND relname NOT LIKE 'tasker\_core\_%'
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON app.%I TO tenants_blue, tenants_red', rails_table);
    END LOOP;
END $$;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA app TO tenants_blue, tenants_red;
RESET ROLE;
SELECT tasker_set_limit('task_name', 'order', 50);
SELECT tasker_set_limit('key', 'tenant', 50);

-- What a tenant does: tasks in every state, and something in every side table.
CREATE FUNCTION public.work(tenant text, kind text DEFAULT 'order') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    task bigint[];
    claim record;
    own jsonb := jsonb_build_object('tenant', tenant);
BEGIN
    FOR i IN 1..8 LOOP
        task := task || (SELECT task_id FROM tasker_create_task('order', own || jsonb_build_object('i', i), options =>
            jsonb_build_object('identity_key', kind || ' ' || i, 'initiator', tenant, 'tags', jsonb_build_array(tenant, 'all'))));
    END LOOP;
    task := task || (SELECT task_id FROM tasker_create_task('parent', own, options => jsonb_build_object('parent_task_id', task[1])));
    FOR claim IN SELECT * FROM tasker_claim_steps('worker', 4) LOOP
        IF claim.task_id = task[1] THEN
            PERFORM tasker_complete_step(claim.workflow_step_id, own, claim.claim_token);
        ELSIF claim.task_id = task[2] THEN
            PERFORM tasker_fail_step(claim.workflow_step_id, jsonb_build_object('error', tenant, 'error_class', tenant), claim_token => claim.claim_token);
        ELSIF claim.task_id = task[3] THEN
            PERFORM tasker_fail_step(claim.workflow_step_id, jsonb_build_object('error', tenant, 'error_class', tenant), false, claim_token => claim.claim_token);
        END IF;
    END LOOP;
    PERFORM tasker_cancel_task(task[5], tenant);
    PERFORM tasker_pause_task(task[6], tenant);
    PERFORM tasker_set_task_priority(task[7], 9);
    PERFORM tasker_annotate_task(task[7], 'note', own);
    FOR claim IN SELECT * FROM tasker_claim_steps('worker', 1, task_id => task[9]) LOOP
        PERFORM tasker_complete_step(claim.workflow_step_id, own, claim.claim_token);
    END LOOP;
    PERFORM tasker_due_tasks('scheduler', 1);
    PERFORM tasker_add_steps(task[8], '[{"name": "approve", "wait": {"signal": "approved"}}, {"name": "later", "wait": {"seconds": 60}}]');
END $$;
-- Each reads the event stream. To unsubscribe asks for a consumer that is not there.
SET ROLE tenants_blue; SELECT tasker_subscribe('blue'); RESET ROLE;
\if :red
SET ROLE tenants_red; SELECT tasker_subscribe('red') IS NOT NULL AS subscribed \gset
RESET ROLE;
\endif
-- Each has a schedule. To unschedule asks for one that is not there.
SET ROLE tenants_blue; SELECT created FROM tasker_schedule('blue', 'order', '@daily', context => '{"tenant": "blue"}'); RESET ROLE;
\if :red
SET ROLE tenants_red; SELECT created IS NOT NULL AS scheduled FROM tasker_schedule('red', 'order', '@daily', context => '{"tenant": "red"}') \gset
RESET ROLE;
\endif
SELECT go_on_from(1000);
\if :red
SET ROLE tenants_red; SELECT work('red') IS NULL AS done \gset
RESET ROLE;
\endif
SELECT go_on_from(2000);
SET ROLE tenants_blue; SELECT work('blue'); RESET ROLE;
SELECT go_on_from(3000);
\if :red
SET ROLE tenants_red; SELECT work('red', 'another') IS NULL AS done \gset
RESET ROLE;
\endif
SELECT go_on_from(4000);
-- Work of red's that was refused.
\if :red
INSERT INTO tasker_core_troubles (kind, subject_id, attempts, next_try, sqlstate, message, since)
SELECT kind, subject, 3, '2026-01-01 13:00', '23514', 'secret_red', '2026-01-01 11:00'
FROM (VALUES ('step', 1001), ('claim', 1004), ('task', 1001), ('task', 1002), ('bucket task_name:order', 0)) AS refused (kind, subject);
\endif

-- What was blue's and is red's now, or, in the other database, is gone: parents of steps, tasks that steps wait for, subtasks, and
-- tasks that tasks belong to.
CREATE FUNCTION public.new_order(belongs_to bigint DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
    SELECT task_id FROM tasker_create_task('order', '{"tenant": "blue"}', options => jsonb_strip_nulls(jsonb_build_object('parent_task_id', belongs_to)))
$$;
CREATE FUNCTION public.step_of(task bigint, step text) RETURNS bigint LANGUAGE sql AS $$
    SELECT workflow_step_id FROM tasker_workflow_steps JOIN tasker_named_steps USING (named_step_id) WHERE task_id = task AND name = step
$$;
CREATE FUNCTION public.do_next(task bigint, failing boolean DEFAULT false) RETURNS void LANGUAGE plpgsql AS $$
DECLARE claim record;
BEGIN
    SELECT * INTO STRICT claim FROM tasker_claim_steps('worker', 1, task_id => task);
    IF failing THEN
        PERFORM tasker_fail_step(claim.workflow_step_id, '{"error": "secret", "error_class": "Secret"}', false, claim_token => claim.claim_token);
    ELSE
        PERFORM tasker_complete_step(claim.workflow_step_id, '{"secret": 1}', claim.claim_token);
    END IF;
END $$;
CREATE FUNCTION public.give_away(given bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT current_database() = 'shared') THEN
        UPDATE tasker_tasks SET context = context || '{"tenant": "red"}' WHERE task_id = given;
        RETURN;
    END IF;
    DELETE FROM tasker_workflow_step_edges USING tasker_workflow_steps
    WHERE workflow_step_id IN (from_step_id, to_step_id) AND task_id = given;
    DELETE FROM tasker_workflow_step_transitions USING tasker_workflow_steps
    WHERE tasker_workflow_step_transitions.workflow_step_id = tasker_workflow_steps.workflow_step_id AND task_id = given;
    DELETE FROM tasker_task_annotations WHERE task_id = given;
    DELETE FROM tasker_task_transitions WHERE task_id = given;
    DELETE FROM tasker_workflow_steps WHERE task_id = given;
    DELETE FROM tasker_tasks WHERE task_id = given;
END $$;
CREATE TABLE public.given (task_id bigint);
GRANT INSERT, SELECT ON public.given TO tenants_blue;
SET ROLE tenants_blue;
DO $$
DECLARE
    kept bigint[];
    given bigint[];
BEGIN
    FOR i IN 1..7 LOOP
        kept := kept || new_order();
        given := given || new_order();
    END LOOP;
    -- 1: a parent that has completed; 2: children, of a step that has completed and of one that has failed.
    PERFORM do_next(given[1]), do_next(kept[2]), do_next(kept[2], true);
    INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
    SELECT parent, child, 'provides', '2026-01-01', '2026-01-01' FROM (VALUES
        (step_of(given[1], 'check'), step_of(kept[1], 'check')), (step_of(given[1], 'check'), step_of(kept[1], 'ship')),
        (step_of(kept[2], 'check'), step_of(given[2], 'check')), (step_of(kept[2], 'charge'), step_of(given[2], 'ship')))
        AS edges (parent, child);
    -- 3: a step has waited, and the task has completed; 4: and the task has failed.
    PERFORM tasker_add_steps(kept[i], format('[{"name": "watch", "wait": {"task": %s}}]', given[i])::jsonb) FROM generate_series(3, 4) AS i;
    PERFORM do_next(given[3]), do_next(given[3]), do_next(given[3]), do_next(given[4], true);
    -- 6: a subtask; 7: the task that a task belongs to, and one that was created for it by a step.
    kept[6] := (SELECT task_id FROM tasker_create_task('parent', '{"tenant": "blue"}'));
    PERFORM do_next(kept[6]);
    given[6] := (SELECT max(task_id) FROM tasker_tasks);
    PERFORM do_next(given[6], true);
    PERFORM new_order(given[7]);
    given[7] := (SELECT task_id FROM tasker_create_task('parent', '{"tenant": "blue"}'));
    PERFORM do_next(given[7]);
    INSERT INTO given SELECT unnest(given);
END $$;
RESET ROLE;
SELECT give_away(task_id) FROM given ORDER BY task_id DESC;
SELECT go_on_from(6000);
ANALYZE;

-- What comes of a call, in full; what it has changed is undone.
CREATE FUNCTION public.masked(text) RETURNS text LANGUAGE sql AS $$
    SELECT regexp_replace(
        regexp_replace($1, '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', 'UUID', 'g'),
        '[0-9a-f]+(\.[0-9a-f,-]*){3,4}/[0-9a-f]+(\.[0-9a-f,-]*){3,4}/[01][0-9a-f-]*(\.[0-9a-f]+){3}', 'POSITION', 'g') $$;
CREATE FUNCTION public.answer(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    detail text;
    hint text;
BEGIN
    BEGIN
        EXECUTE 'SELECT jsonb_agg(to_jsonb(answer))::text FROM ' || call || ' AS answer' INTO answer;
        RAISE EXCEPTION USING ERRCODE = 'ZZZZZ';
    EXCEPTION WHEN OTHERS THEN
        IF SQLSTATE <> 'ZZZZZ' THEN
            GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
            answer := concat_ws(' | ', SQLSTATE, SQLERRM, detail, hint);
        END IF;
    END;
    -- Tokens and identities without a key are random.
    -- So are the ids of what a call writes, which is undone: others may have called before.
    RETURN regexp_replace(masked(answer), '"transition_id": \d+', '"transition_id": N', 'g');
END $$;
CREATE FUNCTION public.arguments(task bigint, step bigint, token uuid) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_object_agg(name, value) FROM (VALUES
        ('task_id', task::text), ('workflow_step_id', step::text), ('input_task_id', task::text), ('parent_task_id', task::text),
        ('task_ids', format('ARRAY[%s, 2001]', task)), ('input_task_ids', format('ARRAY[%s, 2001]', task)),
        ('workflow_step_ids', format('ARRAY[%s]', step)), ('claim_token', quote_nullable(token) || '::uuid'),
        ('claim_tokens', format('ARRAY[%L]::uuid[]', token)), ('results', '''{}''::jsonb'),
        ('tasker_complete_steps.results', 'NULL'), ('error', '''{}''::jsonb'), ('steps', '''[{"name": "more"}]''::jsonb'),
        ('worker', '''w'''), ('scheduler', '''scheduler'''), ('annotation_type', '''note'''),
        ('tasker_find_tasks.annotation_type', 'NULL'), ('annotation', '''{}''::jsonb'), ('to_state', '''cancelled'''),
        ('name', '''order'''), ('tasker_signal.name', '''go'''), ('tasker_publish_event.name', '''order.paid'''),
        ('consumer', '''blue'''), ('tasker_unsubscribe.consumer', '''green'''),
        ('tasker_schedule.name', '''blue'''), ('tasker_schedule.template', '''order'''), ('cron', '''@hourly'''), ('tasker_unschedule.name', '''green'''),
        ('tasker_pause_schedule.name', '''blue'''), ('tasker_resume_schedule.name', '''blue'''), ('tasker_trigger_schedule.name', '''blue'''),
        ('up_to', '(SELECT position FROM tasker_read_events(''blue'', 1))'), ('tasker_create_task.task_name', '''order'''),
        ('tasker_template.task_name', '''order'''), ('tasker_template_graph.task_name', '''order'''),
        ('tasker_latest_versions.task_name', '''order'''), ('tasker_find_tasks.task_name', '''order'''),
        ('context', '''{"tenant": "blue"}''::jsonb'),
        ('requests', '''[{"task_name": "order", "context": {"tenant": "blue"}, "options": {"identity_key": "order 3"}},
            {"task_name": "order", "context": {"tenant": "blue"}, "options": {"identity_key": "order 9"}}]''::jsonb'),
        ('document', '''{"backoff": {"default_backoff_seconds": [2]}}''::jsonb'), ('scope', '''task_name'''),
        ('tasker_set_config.scope', '''global'''), ('tasker_import_config.scope', '''global'''), ('tasker_config_history.scope', 'NULL'),
        ('section', '''backoff'''), ('tasker_register_config_section.section', '''plugin'''), ('tasker_unregister_config_section.section', '''plugin'''), ('schema', '''{}''::jsonb'),
        ('tasker_set_config.options', '''{}''::jsonb'),
        ('tasker_create_task.options', format('''{"parent_task_id": %s, "identity_key": "order 4"}''::jsonb', task)),
        ('template', '''{"name":"other","step_templates":[{"name":"a"}]}''::jsonb'), ('environment', '''production'''),
        ('tasker_rollback_config.version', '1'), ('retry_limit', '7'), ('priority', '5'), ('attempt', '1'), ('header', '''1'''),
        ('now', '''2026-01-01'''), ('pattern', '''chain 2'''), ('state', '''error'''), ('tasker_testkit_random_task.steps', '3'),
        ('target_schema', '''app'''), ('from_step', 'NULL'), ('older_than', '''0 seconds'''), ('dry_run', 'false')
    ) AS given (name, value)
$$;
-- A task and a step of blue's of each kind, and of red's; what does not exist in the other database is hidden in this one.
CREATE TABLE public.subjects AS
SELECT 't' || task AS subject, task, coalesce((SELECT min(workflow_step_id) FROM tasker_workflow_steps WHERE task_id = task), step) AS step
FROM (VALUES (2001, 0), (2002, 0), (2003, 0), (2004, 0), (2005, 0), (2006, 0), (2008, 0), (2009, 0), (1001, 1001), (1004, 1010), (3009, 3025), (99, 99))
    AS known (task, step)
-- All that there is of what has been given away, and of what it was connected with.
UNION SELECT 't' || task_id, task_id, step FROM (
    SELECT task_id, workflow_step_id AS step FROM tasker_workflow_steps WHERE task_id > 4000 AND task_id < 6000
    ) AS known WHERE task_id NOT IN (SELECT task_id FROM given)
UNION SELECT 't' || task_id, task_id, 1 FROM given;
CREATE TABLE public.called AS
SELECT DISTINCT call FROM public.subjects
CROSS JOIN LATERAL calls(arguments(task, step, coalesce((SELECT claim_token FROM tasker_core_leases WHERE workflow_step_id = step),
    '00000000-0000-0000-0000-000000000000'))) AS called (signature, call)
WHERE signature !~ '^(tasker\.)?(_tasker|tasker_testkit)'
UNION SELECT unnest(ARRAY[
    'tasker_limits()', 'tasker_find_transitions()', 'tasker_find_transitions(''task'')',
    'tasker_transition_stats(since => ''-infinity'')', 'tasker_find_tasks()', 'tasker_find_tasks(tag => ''all'')', 'tasker_find_steps()',
    'tasker_find_steps(''ready'')', 'tasker_find_steps(''exhausted'')', 'tasker_next_steps(100)', 'tasker_claim_steps(''w'', 100)',
    'tasker_claim_steps(''w'', 100, task_names => ''{order}'')', 'tasker_due_tasks(''s'', 100)',
    'tasker_create_task(''order'', ''{"tenant": "blue"}'', options => ''{"identity": "hash"}'')',
    'tasker_create_task(''order'', ''{"tenant": "red"}'')',
    'tasker_add_steps(2008, ''[{"name": "watch", "wait": {"task": 1001}}]'')',
    'tasker_add_steps(2008, ''[{"name": "sub", "subtask": {"task_name": "order", "context": {"tenant": "blue"}, "options": {"identity_key": "order 3"}}}]'')',
    'tasker_add_steps(2008, ''[{"name": "sub", "subtask": {"task_name": "order", "context": {"tenant": "red"}}}]'')',
    'tasker_add_steps(2008, ''[{"name": "sub", "subtask": {"task_name": "order", "context": {"tenant": "blue"}, "options": {"parent_task_id": 1001}}}]'')',
    'tasker_cancel_many(active => true, dry_run => false)', 'tasker_pause_many(max_rows => NULL, dry_run => false)',
    'tasker_cancel_many(1001, dry_run => false)', 'tasker_cancel_many(parent_task_id => 1001, dry_run => false)',
    'tasker_resume_many(dry_run => false)', 'tasker_resolve_many(failed_since => ''-infinity'', dry_run => false)',
    'tasker_resolve_many(''retryable'', task_id => 1002, dry_run => false)', 'tasker_cancel_many(tag => ''all'')',
    'tasker_read_events(''blue'', 10000)', 'tasker_publish_event(2001, 1001, ''order.paid'')',
    'tasker_config(''backoff'', 1001)', 'tasker_recommended_concurrency(10, 1, 1001)'
]);
GRANT SELECT ON public.called TO tenants_blue;

SET ROLE tenants_blue;
SELECT DISTINCT masked(call) COLLATE "C", answer(call) COLLATE "C" FROM called ORDER BY 1, 2;
RESET ROLE;

-- A step waits for one of red's that has failed: that it waits has to be said, and nothing of what it waits for.
\if :red
SELECT go_on_from(987650) IS NULL AS done \gset
SELECT tasker_register_task('{"name": "secret_red", "step_templates": [{"name": "secret_red_step"}]}') IS NOT NULL AS registered \gset
SET ROLE tenants_red;
SELECT task_id AS secret FROM tasker_create_task('secret_red', '{"tenant": "red"}', options => '{"identity_key": "secret_red"}') \gset
SELECT step_of(:secret, 'secret_red_step') AS secret_step \gset
SELECT tasker_fail_step(workflow_step_id, '{"error": "secret_red", "error_class": "secret_red"}', false, claim_token => claim_token) IS NOT NULL AS failed
FROM tasker_claim_steps('secret_red', 1, task_id => :secret) \gset
RESET ROLE;
SELECT go_on_from(7000) IS NULL AS done \gset
SET ROLE tenants_blue;
SELECT new_order() AS waiting \gset
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
VALUES (:secret_step, step_of(:waiting, 'check'), 'provides', '2026-01-01', '2026-01-01'), (step_of(:waiting, 'ship'), :secret_step, 'provides', '2026-01-01', '2026-01-01');
RESET ROLE;
CREATE TABLE public.leaks AS
SELECT DISTINCT call FROM tasker_workflow_steps
CROSS JOIN LATERAL calls(arguments(task_id, workflow_step_id, '00000000-0000-0000-0000-000000000000')) AS called (signature, call)
WHERE task_id = :waiting AND signature !~ '^(tasker\.)?(_tasker|tasker_testkit)';
GRANT SELECT ON public.leaks TO tenants_blue;
SET ROLE tenants_blue;
\o results/tenants/leaks
SELECT call, answer FROM leaks, answer(call) WHERE answer ~ '98765|secret_red' ORDER BY 1;
\o
SELECT count(*) > 100 AS are_calls FROM leaks \gset
\if :are_calls
\else
\echo no calls
\endif
\endif
