#!/usr/bin/env bash
# Timeouts and deadlines under load: eight workers and ten maintainers, while the clock runs a hundred times as fast. Nothing fails
# early, and nothing late: not many rounds of maintenance later than its time. TASKER_TIMES_SECONDS is how long the load lasts
# (10 unless set). One line "ok NAME" for each check that holds; the first that does not ends the run.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh
readonly seconds=${TASKER_TIMES_SECONDS:-10}
# Rounds that may begin and end while something that is due waits: another session may hold it, or be about to do it.
readonly few_rounds=100

cluster_start "log_min_messages = fatal" "max_connections = 60"
sql -c 'CREATE EXTENSION tasker_core' -c 'SELECT count(*) FROM tasker_install()' >/dev/null
sql >/dev/null <<'SQL'
CREATE TABLE began AS SELECT clock_timestamp() AS at;
CREATE TABLE rounds (began timestamptz, ended timestamptz);
CREATE TABLE held (token uuid PRIMARY KEY, step bigint);
SELECT tasker_register_task('{"name": "limited", "step_templates": [
    {"name": "run", "timeout_seconds": 60, "heartbeat_seconds": 40, "default_retry_limit": 4},
    {"name": "late", "depends_on_step": "run", "start_within_seconds": 50, "default_retry_limit": 2},
    {"name": "never", "depends_on_step": "run", "start_within_seconds": 50, "default_retry_limit": 2}]}');
-- The time of all sessions, which none of them can see run backwards.
CREATE FUNCTION fake_now() RETURNS timestamptz LANGUAGE sql AS $$
    SELECT '2026-01-01 00:00:00+00'::timestamptz + (clock_timestamp() - began.at) * 100 FROM began
$$;
CREATE FUNCTION set_clock() RETURNS timestamptz LANGUAGE sql AS $$
    SELECT set_config('tasker_core.fake_now', fake_now()::text, false)::timestamptz
$$;
CREATE FUNCTION round() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz := set_clock();
BEGIN
    PERFORM tasker_maintain();
    INSERT INTO rounds VALUES (began, fake_now());
END
$$;
-- No worker claims "never". What a worker does next: create a task, claim and complete, claim and keep, vanish with a claim, or look after a kept one.
CREATE FUNCTION work(dice integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    claim record;
    kept record;
    answer text;
BEGIN
    PERFORM set_clock();
    IF dice <= 25 THEN
        PERFORM tasker_create_task('limited', '{}', options => jsonb_build_object(
            'deadline_seconds', 100 + dice * 10, 'on_deadline', CASE WHEN dice % 2 = 0 THEN 'cancel' ELSE 'fail' END));
    ELSIF dice <= 75 THEN
        FOR claim IN SELECT * FROM tasker_claim_steps('worker', 2, step_names => CASE WHEN dice <= 60 THEN '{run}' ELSE '{run,late}' END::text[]) LOOP
            IF dice <= 45 THEN
                PERFORM tasker_complete_step(claim.workflow_step_id, '{}', claim.claim_token);
            ELSIF dice <= 70 THEN
                INSERT INTO held VALUES (claim.claim_token, claim.workflow_step_id);
            END IF;
        END LOOP;
    ELSE
        SELECT * INTO kept FROM held ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF kept.token IS NULL THEN
            RETURN;
        END IF;
        SELECT status INTO answer FROM tasker_heartbeat(ARRAY[kept.token]);
        IF answer <> 'held' THEN
            DELETE FROM held WHERE token = kept.token;
        ELSIF dice > 90 THEN
            DELETE FROM held WHERE token = kept.token;
            PERFORM tasker_complete_step(kept.step, '{}', kept.token);
        END IF;
    END IF;
EXCEPTION WHEN serialization_failure THEN
    -- It was taken back.
END
$$;
-- Every execution and every wait that was over in time or not: when it was due, and when the database acted.
CREATE VIEW ends AS
WITH history AS (
    SELECT workflow_step_id, to_state, created_at, metadata,
        lag(to_state) OVER steps AS before, lag(created_at) OVER steps AS since
    FROM tasker_workflow_step_transitions
    WINDOW steps AS (PARTITION BY workflow_step_id ORDER BY sort_key)
)
SELECT 'execution' AS kind, since + interval '60 s' AS due, created_at AS done
FROM history WHERE metadata ->> 'error_message' LIKE '%timeout_seconds%'
UNION ALL
SELECT 'start', GREATEST(history.since, parent.done_at) + interval '50 s', history.created_at
FROM history
JOIN tasker_workflow_step_edges AS edge ON edge.to_step_id = history.workflow_step_id
CROSS JOIN LATERAL (
    SELECT max(created_at) AS done_at FROM tasker_workflow_step_transitions
    WHERE workflow_step_id = edge.from_step_id AND to_state = 'complete' AND created_at <= history.created_at
) AS parent
WHERE history.metadata ->> 'error_message' LIKE '%start_within_seconds%';
SQL

results=$CLUSTER_DIR/results
mkdir "$results"
printf '\\set dice random(1, 100)\nSELECT work(:dice);\n' >"$results/work.sql"
printf 'SELECT round();\n\\sleep 5 ms\n' >"$results/round.sql"
pgbench --no-vacuum --client 10 --jobs 1 --time "$seconds" --file "$results/round.sql" >"$results/rounds.log" 2>&1 &
maintainers=$!
pgbench --no-vacuum --client 8 --jobs 1 --time "$seconds" --file "$results/work.sql" >"$results/work.log" 2>&1 || fail 'the workers' "$(tail -5 "$results/work.log")"
wait $maintainers || fail 'the maintainers' "$(tail -5 "$results/rounds.log")"
equal 'no session had an error' "$(cat "$results"/*.log | grep -c ERROR || true)" 0
# What is still due when the load ends is done by the next rounds.
sql -c 'SELECT round() FROM generate_series(1, 5)' >/dev/null

for kind in execution start; do
    number=$(sql -c "SELECT count(*) FROM ends WHERE kind = '$kind'")
    [ "$number" -gt 10 ] || fail "load: $kind" "too few: $number"
    ok "load: $number of $kind"
    equal "$kind: none early" "$(sql -c "SELECT count(*) FROM ends WHERE kind = '$kind' AND done AT TIME ZONE 'UTC' < due AT TIME ZONE 'UTC'")" 0
    equal "$kind: none late" "$(sql -c "SELECT count(*) FROM ends WHERE kind = '$kind' AND $few_rounds < (
        SELECT count(*) FROM rounds WHERE rounds.began AT TIME ZONE 'UTC' >= ends.due AND rounds.ended AT TIME ZONE 'UTC' < ends.done)")" 0
done
equal 'no execution outlasts its time' "$(sql -c "SELECT count(*) FROM tasker_core_leases AS lease JOIN tasker_core_step_times AS kept USING (workflow_step_id)
    WHERE lease.claim_token = kept.claim_token AND lease.lease_until > kept.ends_at")" 0
ended=$(sql -c "SELECT count(*) FROM tasker_tasks WHERE task_id NOT IN (SELECT task_id FROM tasker_core_deadlines)")
[ "$ended" -gt 10 ] || fail 'load: deadlines' "too few tasks have ended: $ended"
equal 'no deadline is left behind' "$(sql -c "SELECT count(*) FROM tasker_core_deadlines AS kept JOIN tasker_core_tasks AS task USING (task_id)
    WHERE kept.deadline_at < (SELECT max(began) AT TIME ZONE 'UTC' FROM rounds) - interval '10 s' AND task.state IN ('pending', 'in_progress')")" 0
equal 'no task is cancelled before its deadline' "$(sql -c "SELECT count(*) FROM tasker_task_transitions
    WHERE metadata ->> 'reason' = 'the deadline of its task has passed' AND created_at < (SELECT task.created_at + interval '100 s' FROM tasker_tasks AS task WHERE task.task_id = tasker_task_transitions.task_id)")" 0
equal 'the doctor finds nothing' "$(sql -c "SELECT check_name, object FROM tasker_doctor() WHERE severity <> 'info'")" ''
