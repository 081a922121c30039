#!/usr/bin/env bash
# A database with an installation is dumped and restored into a fresh cluster, in every common way: there the
# functions give the same answers, the triggers work, and the doctor finds nothing. Prints "ok NAME" for each check.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh

work=$(mktemp -d "${TMPDIR:-/tmp}/tasker_dump.XXXXXX")
query() { "$PG_BIN/psql" -XqAt -v ON_ERROR_STOP=1 "$@"; }
ok() { printf 'ok %s\n' "$*"; }
fail() {
    printf 'dump_restore: %s\n' "$*" >&2
    exit 1
}
# expect NAME WANTED SQL: the query answers just that.
expect() {
    local answer
    answer=$(query -c "SET search_path = \"Shop floor\"" -c "$3") || fail "$1: the query failed"
    [ "$answer" = "$2" ] || fail "$1: expected \"$2\", got \"$answer\""
    ok "$1"
}
fresh_cluster() {
    cluster_start
    query -d postgres -c 'CREATE ROLE app' -c 'CREATE ROLE reader' -c 'CREATE DATABASE shop'
    export PGDATABASE=shop
}
# Everything that can be asked about all tasks, at a fixed time.
answers() {
    query <<'SQL'
SET search_path = "Shop floor";
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
CREATE TEMPORARY TABLE asked AS SELECT array_agg(task_id ORDER BY task_id) AS ids FROM tasker_tasks;
SELECT 'ready', r FROM asked, tasker.tasker_ready_steps_of_tasks(ids) AS r;
SELECT 'readiness', r FROM asked, tasker.tasker_step_readiness_of_tasks(ids) AS r;
SELECT 'context', r FROM asked, tasker.tasker_task_context_of_tasks(ids) AS r;
SELECT 'explain', s.workflow_step_id, tasker.tasker_explain_step(s.workflow_step_id)
FROM tasker_workflow_steps AS s ORDER BY s.workflow_step_id;
SELECT 'v02 step', r FROM asked, unnest(ids) AS id, get_step_readiness_status(id) AS r;
SELECT 'v02 steps', r FROM asked, get_step_readiness_status_batch(ids) AS r;
SELECT 'v02 task', r FROM asked, unnest(ids) AS id, get_task_execution_context(id) AS r;
SELECT 'v02 tasks', r FROM asked, get_task_execution_contexts_batch(ids) AS r;
SET tasker_core.rails_semantics = corrected;
SELECT 'corrected step', r FROM asked, get_step_readiness_status_batch(ids) AS r;
SELECT 'corrected task', r FROM asked, get_task_execution_contexts_batch(ids) AS r;
SELECT 'side row', r FROM tasker_core_steps AS r ORDER BY r.workflow_step_id;
SELECT 'side row', r FROM tasker_core_tasks AS r ORDER BY r.task_id;
SELECT 'rule', r FROM tasker_core_rules AS r ORDER BY r.workflow_step_id;
SELECT 'signal', r FROM tasker_core_signals AS r ORDER BY r.task_id;
SELECT 'limit', r FROM tasker_core_limits AS r ORDER BY r.name;
SELECT 'trouble', r FROM tasker_core_troubles AS r ORDER BY r.subject_id;
SELECT 'consumer', r FROM tasker_core_consumers AS r ORDER BY r.consumer;
SELECT 'event', r FROM tasker_core_events AS r ORDER BY r.log, r.transaction;
SELECT 'config', r FROM tasker.tasker_config() AS r;
SELECT 'section', r FROM tasker.tasker_config_sections() AS r WHERE r.kind = 'registered';
SELECT 'function', p.proname, p.proowner::regrole, p.proacl, l.lanname, obj_description(p.oid, 'pg_proc')
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = '"Shop floor"'::regnamespace ORDER BY p.proname;
SELECT 'trigger', t.tgrelid::regclass, t.tgname, t.tgenabled, obj_description(t.oid, 'pg_trigger')
FROM pg_trigger AS t WHERE NOT t.tgisinternal ORDER BY t.tgrelid::regclass::text, t.tgname;
SQL
}
# checks WAY: what must hold in a restored database.
checks() {
    local way=$1
    answers >"$work/$way.answers"
    diff "$work/answers" "$work/$way.answers" >"$work/diff" || {
        head -20 "$work/diff" >&2
        fail "$way: other answers than before"
    }
    ok "$way: the same answers, wrappers, triggers, priorities, rules, signals, refusals and configuration"
    expect "$way: the doctor finds nothing" '' \
        "SELECT check_name, object, detail FROM tasker.tasker_doctor() WHERE check_name NOT IN ('redundant_index', 'put_aside')"
    # Before 15, there are two views less.
    expect "$way: installing again changes nothing" 'unchanged' "
        SELECT DISTINCT action FROM tasker.tasker_install()
        WHERE action <> 'skipped' OR current_setting('server_version_num')::integer >= 150000"
    query -c 'SET search_path = "Shop floor"' -c "
        SET ROLE app;
        UPDATE tasker_workflow_step_transitions SET most_recent = false WHERE workflow_step_id = 31;
        INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, created_at, updated_at)
        VALUES (31, 'resolved_manually', 1000, '2026-01-01 11:00', '2026-01-01 11:00');
        INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
        VALUES (31, 39, 'provides', '2026-01-01', '2026-01-01');"
    expect "$way: side rows follow what is written" 'resolved_manually|2026-01-01 11:00:00|t' "
        SELECT s.state, s.state_since, 31 = ANY (child.parent_step_ids)
        FROM tasker_core_steps AS s, tasker_core_steps AS child
        WHERE s.workflow_step_id = 31 AND child.workflow_step_id = 39"
    expect "$way: a rule still holds" 't|t' "
        SELECT is_new, cardinality(completed_step_ids) = 1 FROM tasker.tasker_signal(3, 'go')"
    expect "$way: new rows get new ids" '301' "
        INSERT INTO tasker_tasks (named_task_id, requested_at, identity_hash, created_at, updated_at)
        VALUES (1, '2026-01-01', 'new', '2026-01-01', '2026-01-01') RETURNING task_id"
    expect "$way: no drift after that" 'put_aside' 'SELECT check_name FROM tasker.tasker_doctor()'
}

fresh_cluster
trap 'cluster_stop; rm -rf "$work"' EXIT
query <<'SQL'
CREATE SCHEMA tasker;
GRANT USAGE ON SCHEMA tasker TO app, reader;
CREATE EXTENSION tasker_core SCHEMA tasker;
CREATE SCHEMA "Shop floor" AUTHORIZATION app;
SET search_path = "Shop floor";
SET ROLE app;
-- Two of the engine's functions, so that there are wrappers with and without an original.
CREATE FUNCTION get_task_execution_context(input_task_id bigint) RETURNS TABLE (
    task_id bigint, named_task_id integer, status text, total_steps bigint, pending_steps bigint,
    in_progress_steps bigint, completed_steps bigint, failed_steps bigint, ready_steps bigint,
    execution_status text, recommended_action text, completion_percentage numeric, health_status text)
LANGUAGE plpgsql AS $$ BEGIN RAISE 'the original'; END $$;
REVOKE EXECUTE ON FUNCTION get_task_execution_context(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION get_task_execution_context(bigint) TO reader;
DO $$ BEGIN PERFORM tasker.tasker_install(); PERFORM tasker.tasker_replace_rails_functions(); END $$;

INSERT INTO tasker_task_namespaces (name, created_at, updated_at) VALUES ('default', '2026-01-01', '2026-01-01');
INSERT INTO tasker_dependent_systems (name, created_at, updated_at) VALUES ('shop', '2026-01-01', '2026-01-01');
INSERT INTO tasker_named_tasks (name, created_at, updated_at) VALUES ('order', '2026-01-01', '2026-01-01');
INSERT INTO tasker_named_steps (dependent_system_id, name, created_at, updated_at)
SELECT 1, 'step ' || number, '2026-01-01', '2026-01-01' FROM generate_series(1, 10) AS number;
INSERT INTO tasker_tasks (named_task_id, requested_at, identity_hash, created_at, updated_at)
SELECT 1, '2026-01-01', 'task ' || number, '2026-01-01', '2026-01-01' FROM generate_series(1, 300) AS number;
-- Task n has the steps 10 n + 1 to 10 n + 10, every seventh none at all.
INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, retryable, retry_limit, in_process, processed,
    attempts, last_attempted_at, backoff_request_seconds, skippable, created_at, updated_at)
SELECT task * 10 + step, task, step, (task + step) % 11 <> 0, NULLIF(task % 5, 4), (task * step) % 23 = 1, (task * step) % 29 = 1,
    NULLIF((task + step) % 4, 3), timestamp '2026-01-01 12:00' - (task * step % 90) * interval '1 second',
    NULLIF(task * step % 7, 0) * 9, step % 4 = 0, timestamp '2026-01-01' + step * interval '1 minute', '2026-01-01'
FROM generate_series(1, 300) AS task CROSS JOIN generate_series(1, 10) AS step WHERE task % 7 <> 0;
ALTER SEQUENCE tasker_workflow_steps_workflow_step_id_seq RESTART 10000;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT parent.workflow_step_id, child.workflow_step_id, 'provides', '2026-01-01', '2026-01-01'
FROM tasker_workflow_steps AS parent JOIN tasker_workflow_steps AS child
    ON child.task_id = parent.task_id AND child.workflow_step_id > parent.workflow_step_id
WHERE (parent.workflow_step_id * child.workflow_step_id) % 6 = 2;
-- Histories of up to six transitions, further on in earlier steps; a few steps and tasks have none.
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, to_state, sort_key, most_recent, created_at, updated_at)
SELECT s.workflow_step_id, h.states[n], n * 10, n = cardinality(h.states), timestamp '2026-01-01 11:59' + n * interval '9 seconds', '2026-01-01'
FROM tasker_workflow_steps AS s
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.workflow_step_id % 10 <= s.task_id % 10 THEN ARRAY['in_progress', 'complete']
                WHEN s.workflow_step_id % 13 = 0 THEN ARRAY['in_progress', 'error', 'pending', 'in_progress', 'error', 'resolved_manually']
                WHEN s.workflow_step_id % 5 = 0 THEN ARRAY['in_progress', 'error']
                WHEN s.workflow_step_id % 17 = 0 THEN ARRAY['cancelled']
                WHEN s.workflow_step_id % 7 = 0 THEN ARRAY['in_progress']
                ELSE ARRAY[]::text[] END AS states) AS h
CROSS JOIN LATERAL generate_series(1, cardinality(h.states)) AS n;
INSERT INTO tasker_task_transitions (task_id, to_state, sort_key, most_recent, created_at, updated_at)
SELECT t.task_id, h.states[n], n * 10, n = cardinality(h.states), '2026-01-01', '2026-01-01'
FROM tasker_tasks AS t
CROSS JOIN LATERAL (
    SELECT CASE t.task_id % 6 WHEN 0 THEN ARRAY[]::text[] WHEN 1 THEN ARRAY['in_progress', 'complete']
        WHEN 2 THEN ARRAY['cancelled'] ELSE ARRAY['in_progress'] END AS states) AS h
CROSS JOIN LATERAL generate_series(1, cardinality(h.states)) AS n;
UPDATE tasker_core_tasks SET priority = task_id % 5, parent_task_id = nullif(task_id / 2, 0);
-- What is not derived from the Rails tables: events, a rule, and a signal that arrived before a step waits for it.
SELECT FROM tasker.tasker_subscribe('mail');
SELECT FROM tasker.tasker_register_task('{"name": "report", "step_templates": [{"name": "one"}]}');
SELECT FROM tasker.tasker_schedule('nightly', 'report', '0 3 * * *', time_zone => 'Europe/Berlin');
SELECT FROM tasker.tasker_add_steps(3, '[{"name": "gate", "wait": {"signal": "go"}}]');
SELECT FROM tasker.tasker_signal(4, 'early', '{"by": "absent"}');
SELECT FROM tasker.tasker_pause_task(5, 'inspection');
-- A recovery that was refused, which the doctor tells of.
INSERT INTO tasker_core_troubles (kind, subject_id, attempts, next_try, sqlstate, message, since)
VALUES ('step', 7, 3, '2026-01-02', '23514', 'refused', '2026-01-01');
SELECT FROM tasker.tasker_set_limit('step_name', 'step 1', max_running => 3);
SELECT FROM tasker.tasker_register_config_section('billing', '{"properties": {"currency": {"default": "EUR"}}}', 'invoices');
SELECT FROM tasker.tasker_set_config('billing', '{"currency": "USD"}');
SQL
query -c 'VACUUM ANALYZE'
answers >"$work/answers"
expect 'the data are a mixture: task states, step states, execution statuses, blocking reasons' '4|6|6|14' "
    SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
    SELECT (SELECT count(DISTINCT state) FROM tasker_core_tasks), (SELECT count(DISTINCT state) FROM tasker_core_steps),
        count(DISTINCT c.execution_status),
        (SELECT count(DISTINCT s.blocking_reason)
         FROM tasker.tasker_step_readiness_of_tasks((SELECT array_agg(task_id) FROM tasker_tasks)) AS s)
    FROM tasker.tasker_task_context_of_tasks((SELECT array_agg(task_id) FROM tasker_tasks)) AS c"
expect 'the doctor tells of the refusal alone before the dump' 'put_aside' 'SELECT check_name FROM tasker.tasker_doctor()'

"$PG_BIN/pg_dump" --format=custom --file="$work/custom"
"$PG_BIN/pg_dump" --format=directory --jobs=2 --file="$work/directory"
"$PG_BIN/pg_dump" --file="$work/plain"
"$PG_BIN/pg_dump" --schema-only --file="$work/structure"
"$PG_BIN/pg_dump" --data-only --disable-triggers --file="$work/data"

(
    fresh_cluster
    "$PG_BIN/pg_restore" --exit-on-error --dbname=shop "$work/custom"
    checks custom
)
(
    fresh_cluster
    "$PG_BIN/pg_restore" --exit-on-error --jobs=2 --dbname=shop "$work/directory"
    checks directory
)
(
    fresh_cluster
    query -f "$work/plain" >/dev/null
    checks plain
)
# Structure and data apart, as Rails does it with structure.sql, and as docs/concurrency.md prescribes. Disabling the triggers for the load leaves
# them enabled, but no longer always; the doctor says so, and its command repairs it.
(
    fresh_cluster
    query -f "$work/structure" >/dev/null
    expect 'structure: the doctor finds nothing' '' 'SELECT * FROM tasker.tasker_doctor()'
    query -f "$work/data" >/dev/null
    expect 'data: the doctor sees the triggers' 'trigger_disabled|26' \
        "SELECT check_name, count(*) FROM tasker.tasker_doctor() WHERE check_name <> 'put_aside' GROUP BY check_name"
    query -c "$(query -c 'SET search_path = "Shop floor"' -c 'SELECT DISTINCT fix FROM tasker.tasker_doctor()')" >/dev/null
    checks data
)
