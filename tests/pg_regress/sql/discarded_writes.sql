-- A trigger or a rule of the application that keeps a row of the engine's tables from being written is noticed: the call fails as a
-- whole and says on which table. Nothing is lost silently, and the doctor finds nothing afterwards.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA discarded_writes;
SET search_path = discarded_writes, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
-- The helpers store rows by their ids.
SELECT count(setval(sequence, 1000)) AS sequences
FROM (SELECT oid::regclass AS sequence FROM pg_class
      WHERE relnamespace = 'discarded_writes'::regnamespace AND relkind = 'S' AND relname LIKE 'tasker\_%' AND relname NOT LIKE 'tasker\_core\_%') AS owned;
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT named_task_id > 0 AS registered FROM tasker_register_task($$
    {"name": "order", "namespace_name": "shop", "version": "1.0.0", "step_templates": [
        {"name": "pack"}, {"name": "ship", "depends_on_step": "pack"}]}
$$::jsonb);

-- Calls of every kind. The steps of task 1 are claimed, step 21 has failed, task 3 is pending, task 4 is finished.
CREATE TABLE calls (call text PRIMARY KEY);
INSERT INTO calls VALUES
    ($$tasker_register_task('{"name": "other", "namespace_name": "depot", "version": "1.0.0",
        "step_templates": [{"name": "count", "dependent_system": "scales"}]}'::jsonb) AS registered,
        LATERAL (SELECT task_name AS created FROM tasker_create_task('other', '{}', 'depot', '1.0.0') WHERE registered.created) AS creation$$),
    ($$tasker_register_task('{"name": "order", "namespace_name": "shop", "version": "1.0.0",
        "step_templates": [{"name": "ship"}]}'::jsonb)$$),
    ($$tasker_create_task('order', '{"a": 1}', 'shop', '1.0.0')$$),
    ($$tasker_add_steps(3, '[{"name": "bill"}]')$$),
    ($$tasker_fork_task(3)$$),
    ($$tasker_claim_steps('worker', 10)$$),
    ($$tasker_complete_step(11, '{"b": 2}', token(11))$$),
    ($$tasker_complete_step(13, '{"b": 2}', token(13))$$),
    ($$tasker_complete_steps(ARRAY[11, 12], ARRAY[token(11), token(12)])$$),
    ($$tasker_complete_and_claim(11, '{"b": 2}', token(11), 'worker')$$),
    ($$tasker_fail_step(11, '{"message": "m"}', claim_token => token(11))$$),
    ($$tasker_release_step(11, token(11), 'later')$$),
    ($$tasker_release_step(11, token(11), 'later', '1 hour')$$),
    ($$tasker_retry_step(21)$$),
    ($$tasker_reset_step(21)$$),
    ($$tasker_resolve_step(21, '{"c": 3}')$$),
    ($$tasker_skip_step(31, force => true)$$),
    ($$tasker_cancel_step(31)$$),
    ($$tasker_cancel_task(3)$$),
    ($$tasker_set_retry_limit(31, 7)$$),
    ($$tasker_delete_task(4)$$),
    ($$tasker_annotate_task(3, 'note', '{"d": 4}')$$);

CREATE FUNCTION token(step bigint) RETURNS uuid LANGUAGE sql
    AS 'SELECT claim_token FROM discarded_writes.tasker_core_leases WHERE workflow_step_id = step';
CREATE TABLE written (call text, relation text, operation text, UNIQUE (call, relation, operation));
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO discarded_writes.written VALUES (current_setting('discarded_writes.call'), TG_TABLE_NAME, TG_OP)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION discard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';

-- What a call answers, which is undone: what it has written, or why it was refused.
CREATE FUNCTION attempt(attempted text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    seen jsonb;
BEGIN
    PERFORM set_config('discarded_writes.call', attempted, false);
    EXECUTE format('SELECT count(*) FROM %s', attempted) INTO answer;
    SELECT coalesce(jsonb_agg(to_jsonb(written)), '[]') INTO seen FROM written;
    RAISE EXCEPTION USING ERRCODE = 'T0001', MESSAGE = seen::text, DETAIL = coalesce(answer, 'nothing');
EXCEPTION
    WHEN SQLSTATE 'T0001' THEN
        GET STACKED DIAGNOSTICS answer = PG_EXCEPTION_DETAIL;
        INSERT INTO written SELECT * FROM jsonb_populate_recordset(NULL::written, sqlerrm::jsonb) ON CONFLICT DO NOTHING;
        RETURN 'done: ' || answer || ' rows';
    WHEN OTHERS THEN
        RETURN sqlstate || ': ' || sqlerrm;
END $$;

SELECT make_task(1, 11, 3), make_task(4, 41, 1);
SELECT count(*) FROM tasker_claim_steps('worker', 10);
SELECT state FROM tasker_complete_step(41, '{}', token(41));
SELECT make_task(2, 21, 1);
SELECT workflow_step_id FROM tasker_claim_steps('worker', 10);
SELECT attempts FROM tasker_fail_step(21, '{"message": "m"}', claim_token => token(21));
SELECT make_task(3, 31, 3, '{{1,2},{1,3},{2,3}}');

-- The rows that each call writes, by kind and table.
SELECT format('CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION note()', relname)
FROM pg_class
WHERE relnamespace = 'discarded_writes'::regnamespace AND relkind = 'r' AND relname LIKE 'tasker\_%' AND relname NOT LIKE 'tasker\_core\_%'
\gexec
SELECT call, answer FROM calls, attempt(call) AS answer WHERE answer NOT LIKE 'done%' ORDER BY call;
SELECT relation, operation, count(*) FROM written GROUP BY 1, 2 ORDER BY 1, 2;

-- Each of these writes discarded, one after the other, in the calls that write there.
CREATE FUNCTION discarded(relation text, operation text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format('CREATE TRIGGER discard BEFORE %s ON %I FOR EACH ROW EXECUTE FUNCTION discard()', operation, relation);
    answer := discarded_writes.attempt(call);
    EXECUTE format('DROP TRIGGER discard ON %I', relation);
    RETURN answer;
END $$;
CREATE TABLE seen AS SELECT * FROM written;
SET client_min_messages = error;
SELECT relation, operation, regexp_replace(answer, '(step|task) \d+', '\1 …') AS refusal, count(*) AS calls
FROM (SELECT relation, operation, call, discarded(relation, operation, call) AS answer FROM seen ORDER BY 1, 2, 3) AS tried
WHERE answer NOT LIKE 'done%'
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- What is not refused. A claim warns, and hands out no step that it cannot mark; a template that is not stored anew says so
-- (changed = false).
SELECT relation, operation, call, answer
FROM (SELECT relation, operation, call, discarded(relation, operation, call) AS answer FROM seen ORDER BY 1, 2, 3) AS tried
WHERE answer LIKE 'done%'
ORDER BY 1, 2, 3;

-- A rule is noticed as a trigger is.
CREATE RULE nothing AS ON UPDATE TO tasker_workflow_steps DO INSTEAD NOTHING;
SELECT attempt($$tasker_complete_step(11, '{"b": 2}', token(11))$$);
DROP RULE nothing ON tasker_workflow_steps;
CREATE RULE nothing AS ON INSERT TO tasker_workflow_step_edges DO INSTEAD NOTHING;
SELECT attempt($$tasker_create_task('order', '{"a": 1}', 'shop', '1.0.0')$$);
DROP RULE nothing ON tasker_workflow_step_edges;
SELECT * FROM tasker_doctor() WHERE severity <> 'info';
DROP SCHEMA discarded_writes CASCADE;
