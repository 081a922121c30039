#!/usr/bin/env bash
# Guards that golden files cannot hold: memory, plans, interrupts, a standby, lost backends.
# One line "ok NAME" for each that holds; the first that does not ends the run.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh

cluster_start "wal_level = replica" "max_wal_senders = 4" "shared_buffers = 256MB" "log_statement = none"
at_most() { # at_most NAME VALUE LIMIT
    [ "$2" -le "$3" ] || fail "$1" "$2 is more than $3"
    ok "$1"
}

sql -c 'CREATE EXTENSION tasker_core' -c 'SELECT count(*) FROM tasker_install()' -f pg_regress/helpers.sql >/dev/null

# A plan that was made for empty tables is not kept as a sequential scan: one session creates its first task,
# then 20,000 more, and asks about one. The rows and index entries that it reads tell that an index was used. (Buffers do not:
# after each round of autovacuum, the session reads what it knows of the tables from the catalogs again.)
rows=$(sql <<'SQL' | tail -1
SET client_min_messages = error;
SET track_functions = none;
ALTER TABLE tasker_core_steps SET (autovacuum_enabled = off);
ALTER TABLE tasker_core_tasks SET (autovacuum_enabled = off);
DO $$ BEGIN PERFORM make_task(1, 1, 4, '{{1,2},{1,3},{2,4},{3,4}}'); END $$;
SELECT count(*) FROM tasker_ready_steps(1), tasker_task_context_of_tasks('{1}'::bigint[]), tasker_step_readiness(1) \g /dev/null
DO $$ BEGIN PERFORM move_step(1, 'complete'); UPDATE tasker_workflow_steps SET attempts = 1; END $$;
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at)
SELECT task, 1, '2026-01-01', 'task ' || task, '2026-01-01', '2026-01-01' FROM generate_series(2, 20001) AS task;
INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, attempts, created_at, updated_at)
SELECT task * 10 + step, task, step, 0, '2026-01-01', '2026-01-01'
FROM generate_series(2, 20001) AS task CROSS JOIN generate_series(1, 10) AS step;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT task * 10 + step, task * 10 + step + 1, 'provides', '2026-01-01', '2026-01-01'
FROM generate_series(2, 20001) AS task CROSS JOIN generate_series(1, 9) AS step;
CREATE FUNCTION rows_read() RETURNS bigint LANGUAGE sql
AS $$
    SELECT sum(pg_stat_get_xact_tuples_returned(oid)) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
$$;
BEGIN;
SELECT rows_read() AS before \gset
SELECT ready.workflow_step_id, step.step_name, context.status
FROM tasker_ready_steps(10000) AS ready, tasker_step_readiness(10000) AS step, tasker_task_context(10000) AS context,
     move_step(100001, 'complete') \g /dev/null
SELECT rows_read() - :before;
COMMIT;
SQL
)
at_most plans_use_indexes "$rows" 200
[ "$rows" -ge 10 ] || fail plans_use_indexes "only $rows rows were counted"

# 20,000 calls of each function in one transaction: less than 1 MB of memory is left behind.
growth=$(sql <<'SQL' | tail -1
BEGIN;
CREATE FUNCTION memory() RETURNS bigint LANGUAGE sql AS 'SELECT sum(used_bytes) FROM pg_backend_memory_contexts';
CREATE FUNCTION call_all(times integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR number IN 1..times LOOP
        PERFORM tasker_ready_steps(2 + number % 20000);
        PERFORM tasker_step_readiness(2 + number % 20000);
        PERFORM tasker_task_context_of_tasks(ARRAY[2 + number % 20000, 2 + number % 19999]);
        PERFORM tasker_explain_step((2 + number % 20000) * 10 + 3);
        PERFORM tasker_rails_get_step_readiness_status(2 + number % 20000);
        PERFORM tasker_rails_get_task_execution_context(2 + number % 20000);
        PERFORM tasker_dependency_levels(2 + number % 20000);
        PERFORM tasker_task_graph(2 + number % 20000);
        PERFORM tasker_workflow_summary(2 + number % 20000);
    END LOOP;
END $$;
SELECT call_all(100) \g /dev/null
SELECT memory() AS before \gset
SELECT call_all(20000) \g /dev/null
SELECT memory() - :before;
SQL
)
at_most memory_of_reads "$growth" 1048576

# Writing as well; what PostgreSQL itself remembers of rows that one transaction writes again and again is not ours.
growth=$(sql <<'SQL' | tail -1
BEGIN;
CREATE FUNCTION memory() RETURNS bigint LANGUAGE sql AS $$
    SELECT sum(used_bytes) FROM pg_backend_memory_contexts WHERE name NOT IN ('Combo CIDs', 'AfterTriggerEvents')
$$;
CREATE FUNCTION write_all(times integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR number IN 1..times LOOP
        UPDATE tasker_workflow_steps SET attempts = attempts + 1 WHERE workflow_step_id = 50001;
        UPDATE tasker_workflow_step_transitions SET to_state = to_state || '' WHERE workflow_step_id = 1;
        INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
        VALUES (50001, 50005, 'provides', '2026-01-01', '2026-01-01');
        DELETE FROM tasker_workflow_step_edges WHERE from_step_id = 50001 AND to_step_id = 50005;
    END LOOP;
END $$;
SELECT write_all(100) \g /dev/null
SELECT memory() AS before \gset
SELECT write_all(5000) \g /dev/null
SELECT memory() - :before;
ROLLBACK;
SQL
)
at_most memory_of_writes "$(echo "$growth" | tail -1)" 1048576

# A task of 100,000 steps in a chain, and a clique of 300: answered, in less than 100 MB.
peak=$(sql <<'SQL' | tail -1
DO $$ BEGIN
    PERFORM make_task(30000, 1000001, 100000);
    INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
    SELECT 1000000 + step, 1000001 + step, 'provides', '2026-01-01', '2026-01-01' FROM generate_series(1, 99999) AS step;
    PERFORM make_task(30001, 2000001, 300);
    INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
    SELECT 2000000 + parent, 2000000 + child, 'provides', '2026-01-01', '2026-01-01'
    FROM generate_series(1, 300) AS parent, generate_series(1, 300) AS child WHERE parent < child;
END $$;
SELECT pg_backend_pid() AS pid \gset
SELECT count(*) FROM tasker_ready_steps(30001) \g /dev/null
\set before `awk '/VmRSS/ { print $2 }' /proc/:pid/status`
SELECT count(*) FILTER (WHERE ready_for_execution), count(*) FROM tasker_step_readiness(30000);
SELECT total_steps, ready_steps FROM tasker_task_context(30000);
SELECT workflow_step_id FROM tasker_ready_steps(30000);
SELECT count(*), sum(total_parents) FROM tasker_step_readiness(30001);
SQL
)
equal large_tasks "$peak" "300|44850"

# Every question about the graph is answered at these sizes too: a chain of 100,000, a clique of 300, a ladder of two times
# 1,000, with more paths than can be counted; documents beyond their limit with a clear error.
answer=$(sql 2>&1 <<'SQL'
DO $$ BEGIN
    PERFORM make_task(30002, 3000001, 2000, (
        SELECT array_agg(ARRAY[2 * rung + side, 2 * rung + 2 + other])
        FROM generate_series(0, 998) AS rung, generate_series(1, 2) AS side, generate_series(1, 2) AS other));
END $$;
SELECT count(*), max(dependency_level) FROM tasker_dependency_levels(30000);
SELECT max(dependency_level) FROM tasker_dependency_levels(30001);
SELECT max(dependency_level) FROM tasker_dependency_levels(30002);
SELECT count(*) FROM tasker_topological_order(30000);
SELECT count(*) FROM tasker_descendants(1000001);
SELECT count(*) FROM tasker_ancestors(3002000);
SELECT sum(downstream_steps) FROM tasker_bottlenecks(30002, 3);
SELECT count(*) FROM tasker_bottlenecks(30000);
SELECT count(*) FROM tasker_parallelism(30000);
SELECT total_levels, max_parallel_steps, cardinality(single_points_of_failure) FROM tasker_workflow_summary(30000);
SELECT jsonb_array_length(tasker_critical_path(30002) -> 'steps');
SELECT count(*) FILTER (WHERE (edge ->> 'redundant')::boolean) FROM jsonb_array_elements(tasker_task_graph(30001) -> 'edges') AS edge;
SELECT length(tasker_task_svg(30000)) < 200000, length(tasker_task_timeline_svg(30000)) < 200000;
\set ON_ERROR_STOP 0
\set VERBOSITY sqlstate
SELECT tasker_task_graph(30000);
SELECT tasker_task_mermaid(30000);
SELECT tasker_task_dot(30000);
SQL
)
equal large_graphs "$(echo "$answer" | tr '\n' ' ')" "100000|99999 299 999 100000 99999 1998 5986 10 100000 100000|1|100000 1000 44551 t|t ERROR:  54000 ERROR:  54000 ERROR:  54000 "

# Ctrl-C and statement_timeout end a long question at once, and the session lives on.
answer=$(sql 2>&1 <<'SQL' || true
\set ON_ERROR_STOP 0
\set SHOW_CONTEXT never
SET statement_timeout = '50ms';
SELECT count(*) FROM generate_series(1, 1000000) AS number, LATERAL tasker_step_readiness(30000 + number - number);
SELECT count(*) FROM tasker_bottlenecks(30000);
SET statement_timeout = 0;
SELECT workflow_step_id FROM tasker_ready_steps(30000);
SQL
)
equal interrupted "$answer" "ERROR:  canceling statement due to statement timeout
ERROR:  canceling statement due to statement timeout
1000001"

# Eight workers at once under a limit on a key with 8,000 values, in transactions of 500 claims, and schedulers beside them: the
# lock table has its default size, and nothing fails.
sql -c 'CREATE DATABASE locks'
sql -d locks >/dev/null <<'SQL'
CREATE EXTENSION tasker_core;
SELECT count(*) FROM tasker_install();
SELECT count(*) FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "a"}]}');
SELECT count(*) FROM tasker_create_tasks((
    SELECT jsonb_agg(jsonb_build_object('task_name', 'order', 'context', jsonb_build_object('customer', i))) FROM generate_series(1, 8000) AS i));
SELECT count(*) FROM tasker_set_limit('key', 'customer', 2);
SQL
workers=$(mktemp -d)
for worker in $(seq 8); do
    {
        for _ in $(seq 10); do
            echo "BEGIN; SELECT count(*) FROM tasker_claim_steps('worker $worker', 500); SELECT pg_sleep(0.3);"
            [ "$worker" -gt 2 ] || echo "SELECT count(*) FROM tasker_due_tasks('scheduler $worker', 500);"
            echo "COMMIT;"
        done
    } | sql -d locks >"$workers/$worker" 2>&1 || true &
done
wait
equal locks_of_eight_workers "$(sql -c 'SHOW max_locks_per_transaction') $(cat "$workers"/* | grep -c 'ERROR' || true)" "64 0"
rm -rf "$workers"
equal claims_of_eight_workers "$(sql -d locks -c "SELECT count(*) > 4000 FROM tasker_core_leases" \
    -c "SELECT count(*) FROM tasker_claim_steps('last', 8000) HAVING count(*) < 0" -c 'SELECT count(*) FROM tasker_core_leases')" "t
8000"

# A backend that is killed in the middle of its transaction leaves nothing behind.
(
    echo "BEGIN; SELECT move_step(100002, 'error'); UPDATE tasker_workflow_steps SET attempts = 9 WHERE task_id = 10000;"
    echo "SELECT pg_backend_pid(); SELECT pg_sleep(600);"
) | PGAPPNAME=victim psql -XqtA >/dev/null 2>&1 &
for _ in $(seq 100); do
    victim=$(sql -c "SELECT pid FROM pg_stat_activity WHERE application_name = 'victim' AND query LIKE '%pg_sleep%'")
    [ -z "$victim" ] || break
    sleep 0.1
done
kill -9 "$victim"
wait || true
for _ in $(seq 100); do
    sql -c 'SELECT 1' >/dev/null 2>&1 && break
    sleep 0.2
done
equal killed_backend "$(sql -c "SELECT count(*) FROM _tasker_drift('public'::regnamespace)" \
    -c "SELECT state, attempts FROM tasker_core_steps WHERE workflow_step_id = 100002")" "0
pending|0"

# On a hot standby every read function answers.
primary=$PGHOST
standby=$CLUSTER_DIR/standby
as_server_user "$PG_BIN/pg_basebackup" -h "$primary" -p "$PGPORT" -U "$PGUSER" -D "$standby" -R -X stream -c fast --no-sync
as_server_user sed -i "s|^unix_socket_directories.*|unix_socket_directories = '$standby'|" "$standby/postgresql.conf"
as_server_user env -u RUST_BACKTRACE "$PG_BIN/pg_ctl" -D "$standby" -l "$standby/log" -w -s start >/dev/null
stop_standby() { as_server_user "$PG_BIN/pg_ctl" -D "$standby" -m immediate -s stop >/dev/null 2>&1 || true; }
trap 'stop_standby; cluster_stop' EXIT
equal hot_standby "$(PGHOST=$standby sql -c 'SELECT pg_is_in_recovery()' -c 'SELECT workflow_step_id FROM tasker_ready_steps(30000)' \
    -c 'SELECT ready_steps FROM tasker_task_context(30000)' -c "SELECT tasker_explain_step(1000001) ->> 'ready'" \
    -c 'SELECT count(*) FROM tasker_rails_get_step_readiness_status(10000)')" "t
1000001
1
true
10"
stop_standby
trap cluster_stop EXIT
