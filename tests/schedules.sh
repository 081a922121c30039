#!/usr/bin/env bash
# Schedules under load: ten maintainers, eight workers that claim, and an operator who changes schedules, while the clock runs a hundred
# times as fast. Every planned run exists exactly once, by PostgreSQL's own time zone data. TASKER_SCHEDULES_SECONDS is how long the
# load lasts (10 unless set). One line "ok NAME" for each check that holds; the first that does not ends the run.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh
readonly seconds=${TASKER_SCHEDULES_SECONDS:-10}

cluster_start "log_min_messages = fatal" "max_connections = 60"
sql -c 'CREATE EXTENSION tasker_core' -c 'SELECT count(*) FROM tasker_install()' >/dev/null
# The clock begins ten minutes before it is set back in Berlin, so that a long run passes the doubled hour.
sql >/dev/null <<'SQL'
-- As from 15 on. Where all may create objects, the triggers below would not find theirs.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE TABLE began AS SELECT clock_timestamp() AS at;
CREATE FUNCTION fake_now() RETURNS timestamptz LANGUAGE sql AS $$
    SELECT '2026-10-25 00:50:00+00'::timestamptz + (clock_timestamp() - began.at) * 100 FROM began
$$;
CREATE FUNCTION set_clock() RETURNS timestamptz LANGUAGE sql AS $$
    SELECT set_config('tasker_core.fake_now', fake_now()::text, false)::timestamptz
$$;
SELECT tasker_register_task('{"name": "report", "step_templates": [{"name": "collect"}, {"name": "send", "depends_on_step": "collect"}]}');
CREATE FUNCTION round() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_clock();
    PERFORM tasker_maintain();
END
$$;
-- A worker: it claims and completes, or rolls back what it has claimed, with the runs that this has brought.
CREATE FUNCTION work(dice integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    claim record;
BEGIN
    PERFORM set_clock();
    FOR claim IN SELECT * FROM tasker_claim_steps('worker', 5) LOOP
        PERFORM tasker_complete_step(claim.workflow_step_id, '{}', claim.claim_token);
    END LOOP;
    IF dice <= 20 THEN
        RAISE 'the worker vanishes' USING ERRCODE = 'P9999';
    END IF;
EXCEPTION WHEN SQLSTATE 'P9999' OR serialization_failure THEN
    -- It has been undone.
END
$$;
-- Who changes schedules: the same definition again, a run outside of the plan, a pause that ends.
CREATE FUNCTION change(number integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept tasker_core_schedules;
BEGIN
    PERFORM set_clock();
    SELECT * INTO kept FROM tasker_core_schedules WHERE overlap = 'allow' ORDER BY schedule OFFSET number LIMIT 1;
    IF number % 3 = 0 THEN
        PERFORM tasker_schedule(kept.schedule, kept.template, kept.cron, kept.every, kept.time_zone, catch_up => kept.catch_up);
    ELSIF number % 3 = 1 THEN
        PERFORM tasker_trigger_schedule(kept.schedule);
    ELSE
        PERFORM tasker_pause_schedule(kept.schedule), tasker_resume_schedule(kept.schedule);
    END IF;
END
$$;
-- When tasks begin and end, by the real time: the sessions' clocks stand still during a call.
CREATE TABLE moments (task_id bigint, what text, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO moments (task_id, what) VALUES (NEW.task_id, TG_ARGV[0]);
    RETURN NEW;
END
$$;
CREATE TRIGGER note BEFORE INSERT ON tasker_tasks FOR EACH ROW EXECUTE FUNCTION note('begins');
CREATE TRIGGER note BEFORE INSERT ON tasker_task_transitions FOR EACH ROW WHEN (NEW.to_state = 'complete') EXECUTE FUNCTION note('ends');
SELECT set_clock();
CREATE TABLE plan AS
SELECT name, cron, every, zone, overlap, set_clock() AS defined_at FROM (VALUES
    ('cron minute', '* * * * *', NULL::interval, 'Europe/Berlin', 'allow'),
    ('cron third', '*/3 * * * *', NULL, 'Australia/Lord_Howe', 'allow'),
    ('cron seconds', '*/20 * * * * *', NULL, 'America/New_York', 'allow'),
    ('cron fixed', '10,20,30,40,50 * * * *', NULL, 'Asia/Kolkata', 'allow'),
    ('every minute', NULL, '1 minute', 'UTC', 'allow'),
    ('every 7 s', NULL, '7 s', 'UTC', 'allow'),
    ('skip', '* * * * *', NULL, 'UTC', 'skip'),
    ('queue', '* * * * *', NULL, 'UTC', 'queue')) AS plan (name, cron, every, zone, overlap);
SELECT tasker_schedule(name, 'report', cron, every, zone, overlap => overlap, catch_up => 'all') FROM plan;
SQL

results=$CLUSTER_DIR/results
mkdir "$results"
why() { grep -hm 3 ERROR "$1" || tail -5 "$1"; }
printf '\\set dice random(1, 100)\nSELECT work(:dice);\n' >"$results/work.sql"
printf 'SELECT round();\n\\sleep 5 ms\n' >"$results/round.sql"
printf '\\set number random(0, 5)\nSELECT change(:number);\n\\sleep 50 ms\n' >"$results/change.sql"
pgbench --no-vacuum --client 10 --jobs 1 --time "$seconds" --file "$results/round.sql" >"$results/rounds.log" 2>&1 &
maintainers=$!
pgbench --no-vacuum --client 1 --time "$seconds" --file "$results/change.sql" >"$results/change.log" 2>&1 &
operator=$!
pgbench --no-vacuum --client 8 --jobs 1 --time "$seconds" --file "$results/work.sql" >"$results/work.log" 2>&1 || fail 'the workers' "$(why "$results/work.log")"
wait $maintainers || fail 'the maintainers' "$(why "$results/rounds.log")"
wait $operator || fail 'the operator' "$(why "$results/change.log")"
equal 'no session had an error' "$(cat "$results"/*.log | grep -c ERROR || true)" 0

# What is due when the load ends; the clock stands still from now on.
end=$(sql -c 'SELECT fake_now()')
sql -c "SET tasker_core.fake_now = '$end'" -c 'SELECT tasker_maintain(100000) FROM generate_series(1, 5)' >/dev/null
sql >/dev/null <<SQL
CREATE VIEW wanted AS
SELECT plan.name, moment FROM plan
CROSS JOIN LATERAL generate_series(date_trunc('minute', defined_at), '$end'::timestamptz, interval '1 second') AS moment
CROSS JOIN LATERAL (SELECT moment AT TIME ZONE zone AS local) AS there
WHERE cron IS NOT NULL AND overlap = 'allow' AND moment > defined_at
  AND CASE name WHEN 'cron seconds' THEN extract(second FROM local)::integer % 20 = 0
      ELSE extract(second FROM local) = 0 AND extract(minute FROM local)::integer %
          CASE name WHEN 'cron minute' THEN 1 WHEN 'cron third' THEN 3 ELSE 10 END = 0
          AND (name <> 'cron fixed' OR extract(minute FROM local) <> 0) END
UNION ALL
SELECT plan.name, moment FROM plan
JOIN tasker_core_schedules AS kept ON kept.schedule = plan.name
CROSS JOIN LATERAL generate_series(kept.first_at AT TIME ZONE 'UTC', '$end'::timestamptz, kept.every) AS moment
WHERE plan.every IS NOT NULL;
CREATE VIEW created AS
SELECT reason AS name, requested_at AT TIME ZONE 'UTC' AS moment FROM tasker_tasks WHERE initiator = 'schedule';
SQL
for name in 'cron minute' 'cron third' 'cron seconds' 'cron fixed' 'every minute' 'every 7 s'; do
    number=$(sql -c "SELECT count(*) FROM wanted WHERE name = '$name'")
    [ "$number" -gt 0 ] || fail "$name" 'nothing was planned'
    equal "$name: $number planned runs, and each exists once" "$(sql -c "
        SELECT name, moment, count(planned) AS planned, count(run) AS runs FROM (
            SELECT name, moment, 1 AS planned, NULL::integer AS run FROM wanted UNION ALL SELECT name, moment, NULL, 1 FROM created) AS both_sides
        WHERE name = '$name' GROUP BY name, moment HAVING count(planned) <> 1 OR count(run) <> 1 LIMIT 5")" ''
done
equal 'what is skipped or waits has no two runs for a time' "$(sql -c "SELECT name, moment FROM created GROUP BY 1, 2 HAVING count(*) > 1")" ''
equal 'with skip, each run exists or is counted' "$(sql -c "SELECT runs + skipped - (SELECT count(*) FROM generate_series(
    (SELECT date_trunc('minute', defined_at) + interval '1 minute' FROM plan WHERE name = 'skip'), '$end'::timestamptz, interval '1 minute'))
    FROM tasker_core_schedules WHERE schedule = 'skip'")" 0
# One after the other: each begins after the one before it has ended.
equal 'with queue, no run began before the last one ended' "$(sql -c "
    SELECT before, task_id FROM (
        SELECT task.task_id, began.at AS began_at, lag(ended.at) OVER (ORDER BY task.requested_at) AS ended_at,
            lag(task.task_id) OVER (ORDER BY task.requested_at) AS before
        FROM tasker_tasks AS task
        JOIN moments AS began ON began.task_id = task.task_id AND began.what = 'begins'
        LEFT JOIN moments AS ended ON ended.task_id = task.task_id AND ended.what = 'ends'
        WHERE task.reason = 'queue' AND task.initiator = 'schedule') AS runs
    WHERE before IS NOT NULL AND (ended_at IS NULL OR ended_at > began_at)")" ''
equal 'with queue, none is left out' "$(sql -c "SELECT skipped + missed FROM tasker_core_schedules WHERE schedule = 'queue'")" 0
equal 'no run was refused' "$(sql -c 'SELECT schedule, last_error FROM tasker_core_schedules WHERE failures > 0 OR last_error IS NOT NULL')" ''
equal 'the counts are those of the tasks' "$(sql -c "SELECT schedule, runs, found FROM tasker_core_schedules
    LEFT JOIN (SELECT reason, count(*) AS found FROM tasker_tasks GROUP BY reason) AS tasks ON reason = schedule WHERE runs IS DISTINCT FROM found")" ''
equal 'the doctor finds nothing' "$(sql -c "SELECT check_name, object FROM tasker_doctor() WHERE severity <> 'info'")" ''
