-- Schedules: by cron and by interval, in time zones, with runs that overlap, were missed, or are refused.
SET client_min_messages = warning;
SET datestyle = iso;
SET timezone = 'America/New_York';
CREATE EXTENSION IF NOT EXISTS tasker_core;
RESET client_min_messages;
CREATE SCHEMA schedules;
SET search_path = schedules, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 10:00:00+00';
SELECT created FROM tasker_register_task('{"name": "report", "namespace_name": "shop", "schema": {"type": "object", "properties": {"day": {"type": "string"}}},
    "step_templates": [{"name": "collect"}, {"name": "send", "depends_on_step": "collect", "skippable": true}]}');
-- What has been created by schedules, in the order of the planned times.
CREATE VIEW created AS
SELECT requested_at, initiator, source_system, reason, context
FROM tasker_tasks ORDER BY requested_at, task_id;

-- Both and none of cron and every.
SELECT * FROM tasker_schedule('bad', 'report', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', '1 day', namespace => 'shop');
-- Arguments that make no sense.
SELECT * FROM tasker_schedule(NULL, 'report', '@daily', namespace => 'shop');
SELECT * FROM tasker_schedule('', 'report', '@daily', namespace => 'shop');
SELECT * FROM tasker_schedule(repeat('x', 129), 'report', '@daily', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', NULL, '@daily', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'reprot', '@daily', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '@daily');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', namespace => 'shop', version => '9.9.9');
SELECT * FROM tasker_schedule('bad', 'report', 'every day', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '0 0 30 2 *', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '* * * * * * *', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', repeat('*', 300), namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', every => '0', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', every => '-1 hour', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', every => '1 month', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', every => '1 month -30 days', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', every => '178000000 years', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', every => '100000000 days', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', time_zone => 'Mars/Olympus', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', time_zone => '', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', time_zone => '../../etc/passwd', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', time_zone => NULL, namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', context => '[]', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', context => NULL, namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', context => '{"day": 1}', namespace => 'shop');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', namespace => 'shop', overlap => 'sikp');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', namespace => 'shop', catch_up => 'some');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', namespace => 'shop', options => '{"identity_key": "a", "jitter_seconds": -1, "start_at": "infinity", "prioriti": 1}');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', namespace => 'shop', options => '{"end_at": "2025-01-01T00:00:00Z"}');
SELECT * FROM tasker_schedule('bad', 'report', '@daily', namespace => 'shop', options => '{"bypass_steps": ["collect"], "context_key": "day"}');
SELECT count(*) AS schedules FROM tasker_schedules();

-- A schedule that nothing has changed keeps its plan.
SELECT * FROM tasker_schedule('"it''s" a name', 'report', '30 3 * * *', time_zone => 'Europe/Berlin', namespace => 'shop');
SET tasker_core.fake_now = '2026-01-01 11:00:00+00';
SELECT * FROM tasker_schedule('"it''s" a name', 'report', '30 3 * * *', time_zone => 'Europe/Berlin', namespace => 'shop');
SELECT * FROM tasker_schedule('"it''s" a name', 'report', '30 3 * * *', time_zone => 'Europe/Berlin', namespace => 'shop', context => '{"day": "x"}');
SELECT * FROM tasker_schedule('"it''s" a name', 'report', '30 3 * * *', time_zone => 'Asia/Tokyo', namespace => 'shop');
SELECT * FROM tasker_schedule('"it''s" a name', 'report', every => '1 hour', namespace => 'shop');
SET tasker_core.fake_now = '2026-01-01 11:10:00+00';
SELECT * FROM tasker_schedule('"it''s" a name', 'report', every => '60 min', namespace => 'shop', options => '{"priority": 5}');
SELECT tasker_unschedule('"it''s" a name'), tasker_unschedule('"it''s" a name'), tasker_unschedule('none');

-- Each run knows its schedule and its time. Maintenance creates them, and so do claims.
SELECT * FROM tasker_schedule('nightly', 'report', '0 3 * * *', time_zone => 'Europe/Berlin', context => '{"day": "any"}', namespace => 'shop',
    options => '{"context_key": "run", "tags": ["night"], "bypass_steps": ["send"], "priority": 3}');
SELECT * FROM tasker_maintain();
SELECT count(*) AS created FROM tasker_tasks;
SET tasker_core.fake_now = '2026-01-02 02:00:00.5+00';
SELECT * FROM tasker_maintain();
SELECT * FROM created;
SELECT tags, bypass_steps FROM tasker_tasks;
SELECT * FROM tasker_maintain();
SELECT count(*) AS created FROM tasker_tasks;
SET tasker_core.fake_now = '2026-01-03 02:00:01+00';
SELECT step_name, priority, context FROM tasker_claim_steps('worker', 10);
SELECT requested_at FROM created;
\x on
SELECT * FROM tasker_schedules();
\x off

-- The clock of Berlin is set forward at 2:00 on 29 March, and back at 3:00 on 25 October. PostgreSQL's data and the plan agree.
CREATE FUNCTION plan(cron text, time_zone text, begins timestamptz, runs integer) RETURNS SETOF timestamptz LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('tasker_core.fake_now', begins::text, false);
    FOR run IN 1 .. runs LOOP
        RETURN QUERY SELECT next_run_at FROM tasker_schedule('plan ' || run, 'report', cron, time_zone => plan.time_zone, namespace => 'shop');
        PERFORM set_config('tasker_core.fake_now', next_run_at::text, false) FROM tasker_schedules() WHERE schedule = 'plan ' || run;
        PERFORM tasker_unschedule('plan ' || run);
    END LOOP;
END
$$;
SET timezone = 'UTC';
SELECT run, run AT TIME ZONE 'Europe/Berlin' AS there FROM plan('30 2 * * *', 'Europe/Berlin', '2026-03-28 00:00+00', 3) AS run;
SELECT run, run AT TIME ZONE 'Europe/Berlin' AS there FROM plan('30 2 * * *', 'Europe/Berlin', '2026-10-24 00:00+00', 3) AS run;
SELECT run, run AT TIME ZONE 'Europe/Berlin' AS there FROM plan('*/30 2 * * *', 'Europe/Berlin', '2026-10-24 20:00+00', 5) AS run;
SELECT run, run AT TIME ZONE 'America/New_York' AS there FROM plan('30 2 * * *', 'America/New_York', '2026-03-07 12:00+00', 2) AS run;
SELECT run, run AT TIME ZONE 'America/New_York' AS there FROM plan('*/20 1 * * *', 'America/New_York', '2026-11-01 00:00+00', 7) AS run;
SELECT run, run AT TIME ZONE 'Australia/Lord_Howe' AS there FROM plan('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03 00:00+00', 2) AS run;
SELECT run, run AT TIME ZONE 'Australia/Lord_Howe' AS there FROM plan('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04 00:00+00', 2) AS run;
SELECT run, run AT TIME ZONE 'Australia/Lord_Howe' AS there FROM plan('*/15 1 * * *', 'Australia/Lord_Howe', '2026-04-04 10:00+00', 7) AS run;
-- After the last change that the data names, the rule goes on.
SELECT run, run AT TIME ZONE 'Europe/Berlin' AS there FROM plan('30 2 * * *', 'Europe/Berlin', '2060-03-27 12:00+00', 2) AS run;
-- Every minute of the two days around each change, against PostgreSQL's own conversion.
CREATE FUNCTION compare(zone text, near timestamptz, wanted_hour integer) RETURNS TABLE (time_zone text, same boolean, runs bigint) LANGUAGE sql AS $$
    WITH shown AS (
        SELECT minute, minute AT TIME ZONE zone AS local
        FROM generate_series(near - interval '1 day', near + interval '1 day', interval '1 minute') AS minute
    ), wanted AS (
        SELECT array_agg(minute ORDER BY minute) AS runs FROM shown
        WHERE extract(hour FROM local) = wanted_hour AND extract(minute FROM local)::integer % 15 = 0 AND minute > near - interval '1 day'
    ), planned AS (
        SELECT array_agg(run) AS runs FROM plan('*/15 ' || wanted_hour || ' * * *', zone, near - interval '1 day', 30) AS run
    )
    SELECT zone, wanted.runs = planned.runs[1:cardinality(wanted.runs)], cardinality(wanted.runs) FROM wanted, planned
$$;
SELECT (compare(zone, near, 1)).*, (compare(zone, near, 2)).same AS same_at_2 FROM (VALUES
    ('Europe/Berlin', '2026-03-29 01:00+00'::timestamptz), ('Europe/Berlin', '2026-10-25 01:00+00'),
    ('America/New_York', '2026-03-08 07:00+00'), ('America/New_York', '2026-11-01 06:00+00'),
    ('Australia/Lord_Howe', '2026-04-04 15:00+00'), ('Australia/Lord_Howe', '2026-10-03 15:30+00')) AS changes (zone, near);
SET timezone = 'America/New_York';

-- A run while the last task has not ended.
SELECT tasker_unschedule('nightly');
SET tasker_core.fake_now = '2026-02-01 00:00:00+00';
SET client_min_messages = warning;
TRUNCATE tasker_tasks CASCADE;
SELECT name.*, created, next_run_at FROM unnest(ARRAY['allow', 'skip', 'queue']) AS name,
    tasker_schedule(name, 'report', every => '1 minute', namespace => 'shop', overlap => name, options => '{"bypass_steps": ["send"]}');
CREATE VIEW shown AS
SELECT schedule, next_run_at, due_at, last_run_at, last_task_state, runs, skipped, missed, failures, last_error FROM tasker_schedules();
CREATE FUNCTION maintain(at timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('tasker_core.fake_now', at::text, false);
    RETURN put_aside FROM tasker_maintain();
END
$$;
SELECT maintain(at) FROM generate_series('2026-02-01 00:01:00+00', '2026-02-01 00:05:00+00', interval '1 minute') AS at;
SELECT reason, count(*), max(requested_at) FROM created GROUP BY reason ORDER BY reason;
SELECT * FROM shown;
-- The tasks end.
CREATE PROCEDURE finish(name text) LANGUAGE plpgsql AS $$
DECLARE
    claim record;
BEGIN
    FOR claim IN SELECT c.* FROM tasker_tasks AS t, tasker_claim_steps('worker', 10, task_id => t.task_id) AS c WHERE t.reason = name LOOP
        PERFORM tasker_complete_step(claim.workflow_step_id, '{}', claim.claim_token);
    END LOOP;
END
$$;
CALL finish('skip');
CALL finish('queue');
SELECT maintain('2026-02-01 00:05:30+00');
SELECT reason, count(*), max(requested_at) FROM created GROUP BY reason ORDER BY reason;
SELECT maintain('2026-02-01 00:06:00+00');
SELECT reason, count(*), max(requested_at) FROM created GROUP BY reason ORDER BY reason;
SELECT * FROM shown;
SELECT schedule, tasker_unschedule(schedule) FROM tasker_schedules();

-- After an outage.
TRUNCATE tasker_tasks CASCADE;
SET tasker_core.fake_now = '2026-02-01 00:00:00+00';
SELECT name.*, created, next_run_at FROM unnest(ARRAY['none', 'latest', 'all']) AS name,
    tasker_schedule(name, 'report', '0 * * * *', namespace => 'shop', catch_up => name);
SELECT maintain('2026-02-01 05:30:00+00');
SELECT reason, requested_at FROM created;
SELECT * FROM shown;
SELECT maintain('2026-02-01 06:01:59+00');
SELECT reason, count(*), max(requested_at) FROM created GROUP BY reason ORDER BY reason;
-- A pause. What was due meanwhile was missed.
SELECT schedule, tasker_pause_schedule(schedule) AS paused, tasker_pause_schedule(schedule) AS again FROM tasker_schedules();
SELECT maintain('2026-02-01 09:30:00+00');
SELECT schedule, paused_at, next_run_at, due_at FROM tasker_schedules();
SELECT * FROM tasker_schedule('all', 'report', '0 * * * *', namespace => 'shop', catch_up => 'all', context => '{"day": "new"}');
SELECT schedule, tasker_resume_schedule(schedule) AS resumed, tasker_resume_schedule(schedule) AS again FROM tasker_schedules();
SELECT maintain('2026-02-01 09:31:00+00');
SELECT reason, count(*), max(requested_at) FROM created GROUP BY reason ORDER BY reason;
SELECT * FROM shown;
-- A run outside of the plan.
SELECT count(*) AS tasks, count(DISTINCT task) AS different FROM (SELECT tasker_trigger_schedule('all') AS task FROM generate_series(1, 2)) AS triggered;
SELECT initiator, reason, requested_at, context FROM created WHERE initiator = 'trigger';
SELECT schedule, last_run_at, next_run_at, runs FROM shown WHERE schedule = 'all';
SELECT tasker_pause_schedule('nothing');
SELECT tasker_resume_schedule('nothing');
SELECT tasker_trigger_schedule('nothing');
SELECT tasker_trigger_schedule(NULL);
SELECT schedule, tasker_unschedule(schedule) FROM tasker_schedules();

-- From a time on, and up to another one; then the schedule is over.
SET tasker_core.fake_now = '2026-03-01 00:00:00+00';
SELECT * FROM tasker_schedule('short', 'report', every => '1 day', namespace => 'shop', catch_up => 'all',
    options => '{"start_at": "2026-03-02T10:00:00+01:00", "end_at": "2026-03-04T09:00:00Z"}');
SELECT maintain('2026-03-20 00:00:00+00');
SELECT requested_at FROM created WHERE reason = 'short';
SELECT * FROM shown;
SELECT * FROM tasker_schedule('short', 'report', every => '1 day', namespace => 'shop', catch_up => 'all',
    options => '{"start_at": "2026-03-02T10:00:00+01:00", "end_at": "2026-03-04T09:00:00Z"}');
SELECT tasker_pause_schedule('short'), tasker_resume_schedule('short'), tasker_unschedule('short');
-- A run comes later than planned, always by the same time.
SELECT * FROM tasker_schedule('spread', 'report', '@daily', namespace => 'shop', options => '{"jitter_seconds": 3600}');
SELECT next_run_at, due_at BETWEEN next_run_at AND next_run_at + interval '1 hour' AS is_spread FROM shown;
SELECT tasker_unschedule('spread');

-- A run that is refused is tried again, and stops nothing else.
SET tasker_core.fake_now = '2026-04-01 00:00:00+00';
SELECT created FROM tasker_register_task('{"name": "fragile", "namespace_name": "shop", "step_templates": [{"name": "run"}]}');
SELECT created FROM tasker_schedule('a fragile one', 'fragile', '0 * * * *', namespace => 'shop', catch_up => 'all');
SELECT created FROM tasker_schedule('a good one', 'report', '0 * * * *', namespace => 'shop');
UPDATE tasker_named_tasks SET configuration = '{}' WHERE name = 'fragile';
SELECT maintain('2026-04-01 01:00:00+00');
SELECT * FROM shown;
SELECT maintain('2026-04-01 01:00:05+00');
SELECT maintain('2026-04-01 01:00:10+00');
SELECT schedule, due_at, failures FROM shown;
SELECT maintain('2026-04-01 02:30:00+00');
SELECT created, changed FROM tasker_register_task('{"name": "fragile", "namespace_name": "shop", "step_templates": [{"name": "run"}]}');
SELECT created, changed FROM tasker_schedule('a fragile one', 'fragile', '0 * * * *', namespace => 'shop', catch_up => 'all');
SELECT maintain('2026-04-01 02:30:00+00');
SELECT schedule, next_run_at, runs, failures, last_error_at FROM tasker_schedules();
SELECT requested_at FROM created WHERE reason = 'a fragile one';
-- A trigger of the application that refuses the task.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON tasker_tasks FOR EACH ROW WHEN (NEW.reason = 'a good one') EXECUTE FUNCTION refuse();
SELECT maintain('2026-04-01 04:00:00+00');
SELECT schedule, next_run_at, failures, last_error FROM shown;
DROP TRIGGER refuse ON tasker_tasks;
SELECT schedule, tasker_unschedule(schedule) FROM tasker_schedules();

-- The timers are gone with the steps, as after TRUNCATE; maintenance finds the schedule all the same.
SET tasker_core.fake_now = '2026-05-01 00:00:00+00';
SELECT created FROM tasker_schedule('kept', 'report', '0 * * * *', namespace => 'shop');
TRUNCATE tasker_tasks, tasker_workflow_steps CASCADE;
SELECT count(*) AS timers FROM tasker_core_timers;
SELECT maintain('2026-05-01 01:00:00+00');
SELECT requested_at FROM created;
-- Deleting the last task, rebuilding and examining the installation leave the schedule as it is.
SELECT count(*) > 0 AS deleted FROM tasker_delete_task((SELECT task_id FROM tasker_tasks), force => true);
SELECT last_task_id IS NULL AS has_none, last_task_state FROM tasker_schedules();
SELECT count(*) > 0 AS rebuilt FROM tasker_rebuild();
SELECT check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info';
SELECT maintain('2026-05-01 02:00:00+00');
SELECT requested_at FROM created;
-- At REPEATABLE READ as well.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT maintain('2026-05-01 03:00:00+00');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT maintain('2026-05-01 04:00:00+00');
COMMIT;
-- What is rolled back did not run, and runs later.
BEGIN;
SELECT maintain('2026-05-01 05:00:00+00');
ROLLBACK;
SELECT requested_at FROM created;
SELECT maintain('2026-05-01 05:00:30+00');
SELECT max(requested_at), count(*) FROM created;

-- A run each second, and a look each minute: all of them take place.
SELECT count(tasker_unschedule(schedule)) > 0 AS gone FROM tasker_schedules();
SET tasker_core.fake_now = '2026-06-01 00:00:00+00';
SELECT created FROM tasker_schedule('fast', 'report', every => '1 second', namespace => 'shop', catch_up => 'all');
SELECT maintain('2026-06-01 00:01:00+00');
SELECT runs, missed, next_run_at FROM tasker_schedules();

SET client_min_messages = warning;
DROP SCHEMA schedules CASCADE;
