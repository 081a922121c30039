-- The event stream: consumers, positions, what is recorded and what is not, payloads, privileges, retention.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'America/New_York';
CREATE EXTENSION IF NOT EXISTS tasker_core;
RESET client_min_messages;
CREATE SCHEMA events;
SET search_path = events, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 10:00:00+00';
SELECT created FROM tasker_register_task('{"name": "order", "namespace_name": "shop", "step_templates": [
    {"name": "check", "default_retry_limit": 3}, {"name": "charge", "depends_on_step": "check"}]}');

-- Without a consumer nothing is recorded.
SELECT task_id AS early FROM tasker_create_task('order', '{}', 'shop') \gset
SELECT tasker_publish_event(:early, NULL, 'billing.paid') AS has_consumer;
SELECT count(*) FROM tasker_core_events;

-- A consumer gets what commits after it has subscribed.
SELECT tasker_subscribe('all') AS is_new;
SELECT tasker_subscribe('the "billing" department''s', '{billing.*,*.failed}') AS is_new;
SELECT tasker_subscribe('all', '{*}') AS is_new;
SELECT task_id AS task FROM tasker_create_task('order', '{"cart": 7, "Card_Token": "x"}', 'shop') \gset
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 1', task_id => :task) \gset
SET tasker_core.fake_now = '2026-01-01 10:00:30+00';
SELECT exhausted FROM tasker_fail_step(:step, '{"message": "no answer", "class": "Timeout"}', claim_token => :'token');
SET tasker_core.fake_now = '2026-01-01 10:01:00+00';
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 2', task_id => :task) \gset
SET tasker_core.fake_now = '2026-01-01 10:01:02.5+00';
SELECT task_state FROM tasker_complete_step(:step, '{"total": 12345678901234567890.123456789, "password": "x"}', :'token');
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 2', task_id => :task) \gset
SELECT is_released FROM (SELECT tasker_release_step(:step, :'token') IS NULL) AS released (is_released);
SELECT tasker_pause_task(:task, 'the shop is closed');
SELECT tasker_resume_task(:task);
SELECT is_new FROM tasker_signal(:task, 'approved', '{"by": "Ada", "secret": 1}');
SELECT tasker_publish_event(:task, :step, 'billing.paid', '{"amount": 3.10}');
SELECT tasker_publish_event(NULL, NULL, 'billing.closed', '[1]');
SELECT event, at, workflow_step_id - :step + 1 AS step FROM tasker_read_events('all');
SELECT event, payload - '{task_id,step_id}'::text[] AS payload FROM tasker_read_events('all');
SELECT event FROM tasker_read_events('the "billing" department''s');

-- What is rolled back, to a savepoint or at all, is not recorded; what is left keeps its order.
SELECT position AS p FROM tasker_read_events('all', 15) OFFSET 14 \gset
SELECT tasker_ack_events('all', :'p') AS advanced;
SELECT tasker_ack_events('all', :'p') AS advanced;
BEGIN;
SELECT tasker_publish_event(:task, NULL, 'a.one');
SAVEPOINT first;
SELECT tasker_publish_event(:task, NULL, 'a.gone');
SAVEPOINT second;
SELECT tasker_publish_event(:task, NULL, 'a.gone');
RELEASE second;
ROLLBACK TO first;
SELECT tasker_publish_event(:task, NULL, 'a.two');
SAVEPOINT third;
SELECT tasker_publish_event(:task, NULL, 'a.three');
RELEASE third;
-- Its own events are not there before it commits, and a position that it reads does not pass them.
SELECT count(*) FROM tasker_read_events('all');
COMMIT;
BEGIN;
SELECT tasker_publish_event(:task, NULL, 'a.gone');
ROLLBACK;
SELECT event FROM tasker_read_events('all');

-- In parts, and with acknowledgements in the transaction that also does something else.
SELECT position AS p, event FROM tasker_read_events('all', 1) \gset
BEGIN;
SELECT tasker_ack_events('all', :'p') AS advanced;
SELECT tasker_publish_event(:task, NULL, 'a.four');
COMMIT;
SELECT event FROM tasker_read_events('all', 2);
SELECT event, position AS p FROM tasker_read_events('all', 3) OFFSET 2 \gset
SELECT tasker_ack_events('all', :'p') AS advanced, :'event' AS event;
SELECT event FROM tasker_read_events('all');
SELECT event FROM tasker_read_events('all', 0);
SELECT consumer, patterns, role = current_user AS is_ours, lag, missed FROM tasker_subscriptions();

-- A position is also a place to start from; the oldest event and now are others.
SELECT tasker_subscribe('again', '{*}', :'p') AS is_new;
SELECT event FROM tasker_read_events('again');
SELECT tasker_subscribe('again', '{task.*}', 'oldest') AS is_new;
SELECT event FROM tasker_read_events('again');
SELECT tasker_subscribe('again', '{task.*}', 'now') AS is_new;
SELECT event FROM tasker_read_events('again');
SELECT tasker_unsubscribe('again') AS existed;
SELECT tasker_unsubscribe('again') AS existed;

-- At the higher isolation levels, a transaction reads what its snapshot shows, and records its events.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT event FROM tasker_read_events('all');
SELECT tasker_publish_event(:task, NULL, 'a.five');
SELECT event FROM tasker_read_events('all', wait => '1 s');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT tasker_publish_event(:task, NULL, 'a.five');
COMMIT;
SELECT event FROM tasker_read_events('all');

-- Whatever writes: the engine, psql, COPY. A state that does not exist has no event.
INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, most_recent, created_at, updated_at)
VALUES (:early, 'in_progress', 10, true, '2026-01-01 11:00', '2026-01-01 11:00');
COPY tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at) FROM stdin;
1	in_progress	10	t	2026-01-01 11:00	2026-01-01 11:00
\.
UPDATE tasker_workflow_step_transitions SET most_recent = false WHERE workflow_step_id = 1;
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at)
VALUES (1, 'lost', 20, true, '2026-01-01 11:00', '2026-01-01 11:00');
UPDATE tasker_workflow_step_transitions SET most_recent = false WHERE workflow_step_id = 1;
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at)
VALUES (1, 'complete', 30, true, 'infinity', '2026-01-01 11:00');
SELECT event, payload ->> 'from_state' AS from_state, payload -> 'execution_duration' AS lasted
FROM tasker_read_events('all') OFFSET 2;

-- What has been deleted since is told to a role from which nothing is hidden.
SELECT tasker_delete_task(:early, force => true) IS NOT NULL AS deleted;
SELECT event, payload - 'task_id' - 'step_id' AS payload FROM tasker_read_events('all') OFFSET 2;

-- Text that does not compress.
CREATE FUNCTION md5_text(length integer) RETURNS text LANGUAGE sql AS $$
    SELECT left(string_agg(md5(part::text), ''), length) FROM generate_series(0, length / 32) AS part
$$;
-- Payloads that are long, cannot be read, or hold what is secret.
SELECT position AS p FROM (SELECT *, row_number() OVER () AS place FROM tasker_read_events('all', 1000)) AS read ORDER BY place DESC LIMIT 1 \gset
SELECT tasker_ack_events('all', :'p') AS advanced;
SELECT count(*) FROM tasker_set_config('events', '{"filter_parameters": ["amount"], "filter_mask": "***", "max_payload_bytes": 1000, "filtered_events": ["a.*"]}');
SELECT tasker_publish_event(:task, NULL, 'a.gone');
SELECT tasker_publish_event(:task, NULL, 'big.one', jsonb_build_object('short', 1, 'long', repeat('x', 1000000), 'amount', 3));
SELECT tasker_publish_event(:task, NULL, 'big.one', ('"' || repeat('x', 2000) || '"')::jsonb);
SELECT event, payload - '{task_id,timestamp}'::text[] AS payload FROM tasker_read_events('all');
SELECT count(*) FROM tasker_set_config('events', '{"sampling_rate": 0}');
SELECT event FROM tasker_read_events('all');
SELECT count(*) FROM tasker_set_config('events', '{"sampling_rate": null, "filtered_events": null}');
SELECT count(*) FROM tasker_set_config('events', '{"sampling_rate": 2, "filtered_events": ["a b"], "filter_mask": 1, "filter_parameters": [""], "max_payload_bytes": 1}');
UPDATE tasker_workflow_steps SET results = (repeat('[', 600) || repeat(']', 600))::jsonb WHERE workflow_step_id = :step - 1;
SELECT tasker_subscribe('deep', '{step.completed}', 'oldest');
SELECT payload ->> 'unreadable' AS unreadable FROM tasker_read_events('deep') WHERE payload ? 'unreadable';
UPDATE tasker_workflow_steps SET results = jsonb_build_object('long', md5_text(2000)) WHERE workflow_step_id = :step - 1;
UPDATE tasker_tasks SET context = jsonb_build_object('long', md5_text(2000)) WHERE task_id = :task;
SELECT tasker_subscribe('deep', '{step.completed,task.created,task.started}', 'oldest');
SELECT DISTINCT event, payload ? 'step_results' OR payload ? 'task_context' AS has_it, payload -> 'omitted' AS omitted
FROM tasker_read_events('deep') WHERE payload ? 'omitted' ORDER BY event;
SELECT tasker_unsubscribe('deep');

-- Arguments.
SELECT tasker_subscribe(NULL);
SELECT tasker_subscribe('');
SELECT tasker_subscribe(repeat('x', 129));
SELECT tasker_subscribe('x', NULL);
SELECT tasker_subscribe('x', '{}');
SELECT tasker_subscribe('x', '{step.}');
SELECT tasker_subscribe('x', '{*}', 'yesterday');
SELECT tasker_subscribe('x', '{*}', replace(:'p', '/1.', '/2.'));
SELECT count(*) FROM tasker_read_events('unknown');
SELECT count(*) FROM tasker_read_events(NULL);
SELECT count(*) FROM tasker_read_events('all', NULL);
SELECT count(*) FROM tasker_read_events('all', -1);
SELECT count(*) FROM tasker_read_events('all', 10001);
SELECT count(*) FROM tasker_read_events('all', 1, '-1 s');
SELECT tasker_ack_events('unknown', :'p');
SELECT tasker_ack_events('all', NULL);
SELECT tasker_ack_events('all', '');
SELECT tasker_ack_events('all', regexp_replace(:'p', '/([0-9a-f]+)\.([0-9a-f]+)\.[0-9a-f]+\.', '/\1.\2.fffffff.'));
SELECT tasker_publish_event(:task, NULL, 'step.completed');
SELECT tasker_publish_event(:task, NULL, 'paid');
SELECT tasker_publish_event(:task, NULL, NULL);
SELECT tasker_publish_event(4711, NULL, 'a.b');
SELECT tasker_publish_event(NULL, 4711, 'a.b');
SELECT tasker_publish_event(:task + 1, :step, 'a.b');

-- A consumer that nothing is for is passed over what others get.
SELECT tasker_subscribe('quiet', '{nothing.at.all}');
SELECT count(tasker_publish_event(:task, NULL, 'c.many')) FROM generate_series(1, 150);
SELECT lag FROM tasker_subscriptions() WHERE consumer = 'quiet';
SELECT count(*) FROM tasker_read_events('quiet');
SELECT lag FROM tasker_subscriptions() WHERE consumer = 'quiet';
SELECT tasker_unsubscribe('quiet');

-- So is one that could not get them, before they are removed.
SELECT count(*) FROM tasker_set_config('events', '{"filtered_events": ["quiet.*"]}');
SELECT tasker_subscribe('idle', '{*}');
SELECT tasker_publish_event(:task, NULL, 'quiet.one');
SELECT count(*) FROM tasker_read_events('idle');
SELECT lag FROM tasker_subscriptions() WHERE consumer = 'idle';
SET tasker_core.fake_now = '2026-01-01 10:20:00+00';
SELECT count(*) FROM tasker_read_events('idle');
SELECT lag FROM tasker_subscriptions() WHERE consumer = 'idle';
SELECT tasker_unsubscribe('idle');
SELECT count(*) FROM tasker_set_config('events', '{"filtered_events": null}');

-- Retention: who has not read an event that is removed is told so.
SELECT tasker_subscribe('slow', '{task.*}');
SELECT tasker_subscribe('slow and choosy', '{nothing.*}');
SELECT tasker_pause_task(:task);
SET tasker_core.fake_now = '2026-01-05 10:00:00+00';
SELECT tasker_resume_task(:task);
SELECT trimmed > 0 AS trimmed FROM tasker_maintain();
SELECT sum(number) AS events FROM tasker_core_events;
SELECT count(*) FROM tasker_read_events('slow');
SELECT count(*) FROM tasker_read_events('slow and choosy');
SELECT consumer, missed FROM tasker_subscriptions() ORDER BY missed;
SELECT tasker_subscribe('slow', '{task.*}', 'oldest') AS is_new;
SELECT event FROM tasker_read_events('slow');
SELECT trimmed FROM tasker_maintain();
SELECT tasker_subscribe('slow', '{task.*}', :'p') AS is_new;

-- Privileges: roles that may read the tables, consumers of their own, and no events of what policies hide.
CREATE ROLE regress_events;
CREATE ROLE regress_events_member;
GRANT USAGE ON SCHEMA events TO regress_events, regress_events_member;
SET ROLE regress_events;
SELECT tasker_subscribe('mine');
SELECT count(*) FROM tasker_read_events('all');
SELECT tasker_publish_event(:task, NULL, 'a.b');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA events TO regress_events, regress_events_member;
REVOKE ALL ON tasker_core_events, tasker_core_consumers FROM regress_events, regress_events_member;
SET ROLE regress_events;
SELECT tasker_subscribe('mine', '{*}', 'oldest') AS is_new;
RESET ROLE;
GRANT UPDATE (reason) ON tasker_tasks TO regress_events;
SET ROLE regress_events;
SELECT tasker_subscribe('mine', '{*}', 'oldest') AS is_new;
SELECT count(*) > 0 AS reads FROM tasker_read_events('mine');
SELECT count(*) FROM tasker_read_events('all');
SELECT tasker_subscribe('all');
SELECT tasker_unsubscribe('all');
SELECT tasker_ack_events('all', :'p');
SELECT tasker_publish_event(:task, NULL, 'a.b');
SELECT consumer, role FROM tasker_subscriptions();
SET ROLE regress_events_member;
SELECT count(*) FROM tasker_read_events('mine');
RESET ROLE;
GRANT regress_events TO regress_events_member;
SET ROLE regress_events_member;
SELECT count(*) > 0 AS reads FROM tasker_read_events('mine');
RESET ROLE;

-- A DBA sets up a consumer for a role, which uses it without the right to subscribe. A role sets up none for others.
CREATE ROLE regress_events_reader;
GRANT USAGE ON SCHEMA events TO regress_events_reader;
SELECT tasker_subscribe('theirs', '{task.*}', 'oldest', 'regress_events_reader') AS is_new;
SELECT tasker_subscribe('theirs', '{task.resumed}') AS is_new;
SET ROLE regress_events_reader;
SELECT count(*) FROM tasker_read_events('theirs');
RESET ROLE;
GRANT SELECT ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_transitions,
    tasker_workflow_step_edges, tasker_named_tasks, tasker_named_steps, tasker_task_namespaces TO regress_events_reader;
SET ROLE regress_events_reader;
SELECT event FROM tasker_read_events('theirs');
SELECT consumer, patterns, role FROM tasker_subscriptions() ORDER BY consumer;
SELECT tasker_subscribe('theirs', '{*}') AS is_new;
SET ROLE regress_events;
SELECT count(*) FROM tasker_read_events('theirs');
SELECT tasker_subscribe('more', '{*}', NULL, 'regress_events_reader');
SELECT tasker_subscribe('mine', '{*}', NULL, 'regress_events_reader');
SELECT tasker_subscribe('theirs', '{*}', NULL, 'regress_events');
RESET ROLE;
SELECT tasker_subscribe('theirs', '{*}', NULL, 'regress_nobody');
SELECT tasker_subscribe('theirs', '{*}', NULL, '');
SELECT tasker_subscribe('theirs', '{*}', NULL, 'regress_events') AS is_new;
SET ROLE regress_events;
SELECT count(*) > 0 AS reads FROM tasker_read_events('theirs');
SELECT tasker_subscribe('theirs', '{*}', 'now', 'regress_events') AS is_new;
SELECT consumer, role FROM tasker_subscriptions() ORDER BY consumer;
SELECT tasker_unsubscribe('theirs') AS existed;
RESET ROLE;
GRANT UPDATE ON tasker_workflow_steps TO regress_events;
SELECT task_id AS other FROM tasker_create_task('order', '{}', 'shop', options => '{"identity": "none"}') \gset
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON tasker_tasks USING (task_id = (SELECT max(task_id) FROM tasker_task_transitions));
CREATE POLICY all_steps ON tasker_workflow_steps USING (true);
SELECT task_id FROM tasker_claim_steps('worker', task_id => :other) \gset
SELECT tasker_pause_task(:task);
SELECT tasker_publish_event(NULL, NULL, 'a.b');
SET ROLE regress_events;
SELECT DISTINCT event, task_id - :other AS other FROM tasker_read_events('mine', 1000) ORDER BY event;
SELECT consumer, lag, missed FROM tasker_subscriptions();
SELECT tasker_publish_event(:task, NULL, 'a.b');
SELECT tasker_publish_event(:other, NULL, 'a.b');
RESET ROLE;

-- The events of a transaction are stored in few rows. They are read and acknowledged one by one all the same.
SELECT tasker_subscribe('parts', '{*}');
BEGIN;
SELECT count(*) FROM tasker_create_tasks((
    SELECT jsonb_agg('{"task_name": "order", "namespace": "shop", "options": {"identity": "none"}}'::jsonb)
    FROM generate_series(1, 40)));
SELECT tasker_publish_event(:task, NULL, 'a.middle');
SELECT count(*) FROM tasker_claim_steps('worker 3', 50);
COMMIT;
SELECT count(*) FILTER (WHERE payload IS NULL) < 20 AS is_short, count(*) FILTER (WHERE payload IS NOT NULL) AS alone,
    sum(number) AS events
FROM tasker_core_events WHERE transaction = (SELECT max(transaction) FROM tasker_core_events);
DO $$
DECLARE
    wanted text[];
    event text;
    up_to text;
    left_over bigint;
BEGIN
    SELECT array_agg(read.event) INTO wanted FROM tasker_read_events('parts', 1000) AS read;
    RAISE NOTICE '% events, % at the place %', cardinality(wanted), 'a.middle', array_position(wanted, 'a.middle');
    FOR place IN 1 .. cardinality(wanted) LOOP
        SELECT lag INTO STRICT left_over FROM tasker_subscriptions() WHERE consumer = 'parts';
        SELECT read.event, read.position INTO STRICT event, up_to FROM tasker_read_events('parts', 1) AS read;
        ASSERT event = wanted[place] AND left_over = cardinality(wanted) - place + 1, format('%s: %s, %s', place, event, left_over);
        ASSERT tasker_ack_events('parts', up_to), event;
        ASSERT NOT tasker_ack_events('parts', up_to), event;
    END LOOP;
END
$$;
SELECT tasker_unsubscribe('parts');

-- A hostile search_path changes nothing.
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.jsonb_build_object(VARIADIC text[]) RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"hostile": true}'::jsonb $$;
CREATE FUNCTION hostile.to_char(timestamp, text) RETURNS text LANGUAGE sql AS $$ SELECT 'hostile' $$;
CREATE FUNCTION hostile.equal(bigint, bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
CREATE OPERATOR hostile.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = hostile.equal);
SET search_path = hostile, pg_catalog, events, public;
SELECT count(*) > 0 AS reads, count(*) FILTER (WHERE payload::text ~ 'hostile') AS hostile FROM tasker_read_events('slow');
RESET search_path;
SET search_path = events, public;

-- The catalogue.
SELECT recorded_by, count(*) FROM tasker_event_types() GROUP BY recorded_by ORDER BY recorded_by;
SELECT event, category, recorded_by, fired_by FROM tasker_event_types() WHERE recorded_by = 'database';
SELECT jsonb_path_query_array(payload_schema, '$.properties.keyvalue().key') AS members
FROM tasker_event_types() WHERE event = 'step.completed';


-- Events that templates declare are in it, for those who may read the templates.
SELECT count(*) FROM tasker_register_task('{"name": "invoice", "namespace_name": "shop",
    "custom_events": [{"name": "billing.paid", "description": "the money has come", "fired_by": ["charge", "recheck"]}, "invoice.sent",
        {"name": "task.completed"}, {"description": "no name"}, 7],
    "step_templates": [{"name": "charge", "custom_events": [{"name": "paid"}, {"name": "billing.paid", "description": "again"}]}]}');
SELECT count(*) FROM tasker_register_task('{"name": "invoice", "namespace_name": "shop", "version": "2.0.0",
    "custom_events": [{"name": "invoice.sent", "fired_by": "mail"}], "step_templates": [{"name": "charge"}]}');
UPDATE tasker_named_tasks SET configuration = '{"step_templates": 7, "custom_events": {"name": "odd.one"}}' WHERE name = 'order';
SELECT event, category, recorded_by, fired_by, payload_schema FROM tasker_event_types() OFFSET (SELECT count(*) FROM tasker_event_types()) - 4;
SET ROLE regress_events_member;
SELECT count(*) FILTER (WHERE event = 'billing.paid') AS declared, count(*) FILTER (WHERE event = 'task.created') AS catalogued FROM tasker_event_types();
RESET ROLE;
REVOKE SELECT ON tasker_task_namespaces FROM regress_events_reader;
SET ROLE regress_events_reader;
SELECT count(*) FILTER (WHERE event = 'billing.paid') AS declared, count(*) FILTER (WHERE event = 'task.created') AS catalogued FROM tasker_event_types();
RESET ROLE;
ALTER TABLE tasker_named_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY later ON tasker_named_tasks USING (version = '2.0.0');
SET ROLE regress_events_member;
SELECT event, fired_by FROM tasker_event_types() WHERE event IN ('billing.paid', 'invoice.sent');
RESET ROLE;
SET search_path = public;
SELECT count(*) FILTER (WHERE event = 'billing.paid') AS declared, count(*) FILTER (WHERE event = 'task.created') AS catalogued FROM tasker_event_types();
SET search_path = events, public;

SET client_min_messages = warning;
DROP SCHEMA hostile, events CASCADE;
DROP OWNED BY regress_events, regress_events_member, regress_events_reader;
DROP ROLE regress_events, regress_events_member, regress_events_reader;
