-- Calls of every SQL function of the extension with odd values: which, with what, and what they answer. See fuzz.sh.
SET client_min_messages = warning;
CREATE SCHEMA app;
SET search_path = app, public;
CREATE EXTENSION tasker_core SCHEMA public;
SELECT count(*) FROM tasker_install();
SELECT count(*) FROM tasker_replace_rails_functions();

-- Something of everything: a task that runs, one that is over, one that failed, a rule, a limit, options, a lease, events.
SELECT tasker_subscribe('mail');
SELECT count(*) FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "a"}, {"name": "b", "depends_on_step": "a"},
    {"name": "c", "depends_on_step": "a", "when": {"a": "$.ok == true"}}, {"name": "d", "depends_on_steps": ["b", "c"], "wait": {"signal": "go"}}]}');
SELECT count(*) FROM generate_series(1, 5) AS n, tasker_create_task('order', jsonb_build_object('customer', n));
SELECT tasker_set_limit('step_name', 'b', 3);
SELECT tasker_set_config('backoff', '{"jitter_enabled": true}');
SELECT tasker_signal(2, 'go', '{"by": "Ann"}');
SELECT count(*) FROM tasker_claim_steps('w', 3) AS claimed, tasker_complete_step(claimed.workflow_step_id, '{"ok": true}', claimed.claim_token);
SELECT count(*) FROM tasker_claim_steps('w', 1, task_id => 4) AS claimed, tasker_fail_step(claimed.workflow_step_id, '"no"', false, claim_token => claimed.claim_token);
SELECT count(*) FROM tasker_claim_steps('w', 2);
SELECT count(*) FROM tasker_cancel_task(5);
SELECT created FROM tasker_schedule('nightly', 'order', '@daily');

CREATE TABLE public.odd_value (type regtype, value text);
-- Values are expressions: a text of 10 MB stands in few bytes.
INSERT INTO odd_value
SELECT type::regtype, unnest(string_to_array(value, E'\n')) FROM (VALUES
('bigint', $$NULL
0
-1
1
2
9223372036854775807
-9223372036854775808
4611686018427387904$$),
('integer', $$NULL
0
-1
1
100
2147483647
-2147483648$$),
('double precision', $$NULL
0
-1
'NaN'
'Infinity'
'-Infinity'
1e308
5e-324$$),
('numeric', $$NULL
'NaN'
'Infinity'
1e1000
-1$$),
('boolean', $$NULL
true
false$$),
('text', $$NULL
''
' '
'order'
'b'
'complete'
'global'
'$.ok == true'
'$[*] ? (@ like_regex "(((")'
'120, 60'
repeat('x', 10000000)
repeat(U&'\00e9', 200)
U&'\+01F600\200F\0001'
'%s%n\''";--'
'tasker_tasks'
'app'
'no such thing'$$),
('name', $$NULL
''
'order'$$),
('uuid', $$NULL
'00000000-0000-0000-0000-000000000000'
'ffffffff-ffff-8fff-ffff-ffffffffffff'
(SELECT claim_token FROM app.tasker_core_leases LIMIT 1)$$),
('interval', $$NULL
'0'
'1 second'
'-1 second'
'178000000 years'
'-178000000 years'
'2147483647 days'
'9223372036854775807 microseconds'
'-9223372036854775808 microseconds'$$),
('timestamp without time zone', $$NULL
'infinity'
'-infinity'
'4714-11-24 00:00:00 BC'
'294276-12-31 23:59:59.999999'
'2026-01-01'$$),
('timestamp with time zone', $$NULL
'infinity'
'-infinity'
'4714-11-24 00:00:00+00 BC'
'294276-12-31 23:59:59.999999+00'
'2026-01-01'
now()$$),
('jsonb', $$NULL
'null'
'{}'
'[]'
'1e400'
'""'
'{"a": 1e400, "b": 123456789012345678901}'
'[{"name": "n"}]'
'[{"name": "n", "wait": {"task": 9223372036854775808}}]'
'[{"name": "n", "depends_on": ["a", "a"], "before": "d", "when": {"a": "$.x like_regex \"(((\""}, "retry_limit": 1e400}]'
'[[[]], null, {"name": null}]'
'{"name": "order", "step_templates": [{"name": "a", "default_retry_limit": 1e400}]}'
'{"name": "order", "step_templates": [{"name": "a", "subtask": {"task_name": "order"}, "join": {"rule": "at_least", "count": 1e400}}]}'
'{"name": "u", "schema": {"type": 1, "$ref": "#/nowhere"}, "step_templates": [{"name": "\u00e9"}]}'
'[{"task_name": "order", "context": {"n": 1e400}, "options": {"priority": 1e400, "start_at": "294277-01-01T00:00:00Z", "parent_task_id": 1}}]'
'{"default_backoff_seconds": [1e400], "mode": "exponential", "max_backoff_seconds": -1}'
'{"message": 1e400, "class": {"a": []}, "backoff_seconds": -1e400, "permanent": 5, "skipped": "x"}'
(repeat('{"k":', 127) || '1' || repeat('}', 127))::jsonb
(repeat('{"k":', 600) || '1' || repeat('}', 600))::jsonb
(repeat('[', 3000) || repeat(']', 3000))::jsonb
to_jsonb(repeat('x', 10000000))
jsonb_build_object(repeat('k', 10000), repeat('x', 10000000))
jsonb_build_object('message', repeat('x', 10000000), 'name', repeat('x', 10000000))
(SELECT jsonb_agg(jsonb_build_object('name', 'n' || n)) FROM generate_series(1, 300) AS n)
(SELECT jsonb_object_agg('k' || n, n) FROM generate_series(1, 10000) AS n)$$),
('bigint[]', $$NULL
'{}'
'{NULL}'
'{1,2,3}'
'{1,1,1}'
'{{1,2},{3,4}}'
'[5:6]={1,2}'
'{9223372036854775807,-9223372036854775808,NULL,0}'
(SELECT array_agg(n) FROM generate_series(1, 100000) AS n)$$),
('integer[]', $$NULL
'{}'
'{NULL}'
'{{1},{2}}'
'{2147483647,-2147483648,0}'
(SELECT array_agg(n) FROM generate_series(1, 100000) AS n)$$),
('text[]', $$NULL
'{}'
'{NULL}'
'{a,b}'
'{{a},{b}}'
ARRAY[repeat('x', 1000000)]
(SELECT array_agg('n' || n) FROM generate_series(1, 10000) AS n)$$),
('uuid[]', $$NULL
'{}'
'{NULL}'
'{{00000000-0000-0000-0000-000000000000},{ffffffff-ffff-8fff-ffff-ffffffffffff}}'
(SELECT array_agg(claim_token) FROM app.tasker_core_leases)
array_fill('ffffffff-ffff-8fff-ffff-ffffffffffff'::uuid, ARRAY[10000])$$),
('jsonb[]', $$NULL
'{}'
'{NULL,"1e400"}'
'{{1},{2}}'
ARRAY['{}', (repeat('[', 3000) || repeat(']', 3000))::jsonb, '1']$$)
) AS pool (type, value);

-- Values that lead far into a function, by the names of arguments.
CREATE TABLE public.good_value (argument text, type regtype, functions text, value text);
INSERT INTO good_value VALUES
    ('task_id', 'bigint', NULL, '1'), ('task_id', 'bigint', 'claim', 'NULL'),
    ('workflow_step_id', 'bigint', NULL, '2'),
    ('workflow_step_id', 'bigint', 'complete|fail|release', '(SELECT min(workflow_step_id) FROM app.tasker_core_leases)'),
    ('claim_token', 'uuid', NULL, '(SELECT claim_token FROM app.tasker_core_leases ORDER BY workflow_step_id LIMIT 1)'),
    ('worker', 'text', NULL, $$'w'$$), ('lease', 'interval', NULL, $$'1 minute'$$),
    ('namespace', 'text', NULL, $$'default'$$), ('namespace', 'text', 'claim', 'NULL'), ('task_name', 'text', NULL, 'NULL'),
    ('task_name', 'text', 'create|template', $$'order'$$), ('step_name', 'text', NULL, 'NULL'),
    ('step_names', 'text[]', NULL, 'NULL'), ('dependent_system', 'text', NULL, 'NULL'), ('version', 'text', NULL, 'NULL'),
    ('name', 'text', NULL, $$'order'$$), ('name', 'text', 'limit|pause|resume', $$'b'$$), ('version', 'bigint', NULL, '1'),
    ('environment', 'text', NULL, $$'production'$$), ('scope', 'text', NULL, $$'global'$$),
    ('scope', 'text', 'limit|pause|resume', $$'step_name'$$), ('section', 'text', NULL, $$'backoff'$$),
    ('to_state', 'text', NULL, $$'cancelled'$$), ('expected_state', 'text', NULL, 'NULL'), ('state', 'text', NULL, $$'pending'$$),
    ('error', 'jsonb', NULL, $$'"no"'$$), ('retryable', 'boolean', NULL, 'true'), ('retry_after', 'text', NULL, $$'120, 60'$$),
    ('context', 'jsonb', NULL, $$'{}'$$), ('options', 'jsonb', NULL, $$'{}'$$), ('metadata', 'jsonb', NULL, $$'{}'$$),
    ('results', 'jsonb', NULL, $$'{}'$$), ('steps', 'jsonb', NULL, $$'[{"name": "z"}]'$$), ('document', 'jsonb', NULL, $$'{}'$$),
    ('requests', 'jsonb', NULL, $$'[{"task_name": "order", "context": {}}]'$$), ('distribution', 'jsonb', NULL, 'NULL'),
    ('template', 'jsonb', NULL, $$'{"name": "u", "step_templates": [{"name": "a"}]}'$$), ('reason', 'text', NULL, $$'because'$$),
    ('pattern', 'text', NULL, $$'linear'$$), ('condition', 'text', NULL, $$'ready'$$), ('mode', 'text', NULL, $$'exponential'$$),
    ('base', 'double precision', NULL, '1'), ('multiplier', 'double precision', NULL, '2'), ('cap', 'double precision', NULL, '100'),
    ('jitter', 'double precision', NULL, '0.1'), ('attempt', 'integer', NULL, '3'), ('tasks', 'integer', NULL, '3'),
    ('steps', 'integer', NULL, '5'), ('age', 'interval', NULL, $$'1 day'$$), ('resolved_by', 'text', NULL, $$'Ann'$$),
    ('seed', 'bigint', NULL, '1'), ('force', 'boolean', NULL, 'true'), ('priority', 'integer', NULL, '5'),
    ('max_rows', 'integer', NULL, '10'), ('consumer', 'text', NULL, $$'mail'$$), ('patterns', 'text[]', NULL, $$'{*}'$$),
    ('start_at', 'text', NULL, $$'oldest'$$), ('max_events', 'integer', NULL, '10'), ('name', 'text', 'publish', $$'order.paid'$$),
    ('name', 'text', 'schedule', $$'nightly'$$), ('template', 'text', NULL, $$'order'$$), ('cron', 'text', NULL, $$'@hourly'$$), ('every', 'interval', NULL, 'NULL'),
    ('time_zone', 'text', NULL, $$'Europe/Berlin'$$), ('overlap', 'text', NULL, $$'skip'$$), ('catch_up', 'text', NULL, $$'all'$$),
    ('older_than', 'interval', NULL, $$'0'$$), ('states', 'text[]', 'purge', 'NULL'), ('parent_task_id', 'bigint', 'purge', 'NULL'),
    ('from_step', 'text', NULL, $$'step_1'$$),
    ('up_to', 'text', NULL, $$(SELECT "position" FROM tasker_read_events('mail', 1))$$);

CREATE TABLE public.fuzz_call (id serial PRIMARY KEY, function text, call text, is_kept boolean, sqlstate text, message text, took interval);

-- A fraction of 1, the same in every run.
CREATE FUNCTION public.part(seed text) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$SELECT (hashtextextended(seed, 20) & 1048575) / 1048576.0$$;

-- A few calls of each function, with odd values for few or for half of the arguments; the others are good ones.
CREATE FUNCTION public.plan_fuzz(rounds integer, seed text) RETURNS bigint LANGUAGE sql AS $$
WITH called AS (
    SELECT f.oid, f.pronamespace::regnamespace || '.' || quote_ident(f.proname) AS name, f.proname, n.round,
        f.proargtypes::oid[] AS types, f.proargnames AS names
    FROM pg_proc AS f
    CROSS JOIN generate_series(1, rounds) AS n (round)
    WHERE (f.pronamespace = 'app'::regnamespace
            OR EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = f.oid AND deptype = 'e'
                       AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'tasker_core')))
      -- What a view selects from is not to be called.
      AND f.proname !~ '^(_|tasker_core_current_)' AND f.prokind = 'f' AND f.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
), written AS (
    SELECT called.oid, called.round, called.name, called.proname, string_agg(format('CAST(%s AS %s)',
        CASE WHEN good.value IS NOT NULL AND part(concat_ws('/', seed, called.oid::regprocedure, round, place, 'good')) < CASE WHEN round % 2 = 0 THEN 0.5 ELSE 0.95 END THEN good.value
            ELSE odd.value END, format_type(argument.type, NULL)), ', ' ORDER BY place) FILTER (WHERE argument.type IS NOT NULL) AS arguments
    FROM called
    LEFT JOIN LATERAL unnest(called.types) WITH ORDINALITY AS argument (type, place) ON true
    LEFT JOIN LATERAL (
        SELECT value FROM good_value AS v
        WHERE v.argument = called.names[place] AND v.type = argument.type AND (v.functions IS NULL OR called.proname ~ v.functions)
        ORDER BY v.functions NULLS LAST LIMIT 1
    ) AS good ON true
    LEFT JOIN LATERAL (
        SELECT value FROM odd_value AS v WHERE v.type = argument.type
        ORDER BY part(concat_ws('/', seed, called.oid::regprocedure, round, place, v.value)) LIMIT 1
    ) AS odd ON true
    GROUP BY called.oid, called.round, called.name, called.proname
), planned AS (
    INSERT INTO fuzz_call (function, call, is_kept)
    SELECT oid::regprocedure::text, format('SELECT count(*) FROM %s(%s)', name, arguments),
        -- What is called next meets what this has changed, as long as there is an installation.
        proname !~ 'install|rebuild|rails_functions|testkit' AND part(concat_ws('/', seed, oid::regprocedure, round, 'kept')) < 0.2
    FROM written
    ORDER BY part(concat_ws('/', seed, oid::regprocedure, round, 'order'))
    RETURNING 1
)
SELECT count(*) FROM planned
$$;

-- Calls it in a subtransaction, whose changes mostly go.
CREATE FUNCTION public.run_fuzz(of_id integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    planned fuzz_call;
    began timestamptz := clock_timestamp();
    state text := '00000';
    said text;
BEGIN
    SELECT * INTO planned FROM fuzz_call WHERE id = of_id;
    BEGIN
        EXECUTE planned.call;
        IF NOT planned.is_kept THEN
            RAISE SQLSTATE 'FUZZ0';
        END IF;
    EXCEPTION WHEN query_canceled OR OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT;
    END;
    UPDATE fuzz_call SET sqlstate = replace(state, 'FUZZ0', '00000'), message = left(said, 200), took = clock_timestamp() - began
    WHERE id = of_id;
END
$$;
