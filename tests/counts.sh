#!/usr/bin/env bash
# The counts of steps and tasks against a naive recount, after 10,000 random operations by eight clients at once, with
# savepoints, rollbacks and all isolation levels. One line "ok NAME" for each mix.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh

cluster_start "max_connections = 40" "deadlock_timeout = 100ms" "log_min_messages = fatal"

sql -c 'CREATE EXTENSION tasker_core' -c 'SELECT count(*) FROM tasker_install()' -f pg_regress/helpers.sql >/dev/null
sql >/dev/null <<'SQL'
SELECT make_task(task, task * 10, 5, '{{1,2},{1,3},{2,4},{3,5}}') FROM generate_series(1, 400) AS task;
-- Everything that Rails or another writer may do to a step or its task; what fails leaves a rolled-back savepoint behind.
CREATE FUNCTION happen(dice integer, task bigint, step bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    states CONSTANT text[] := '{pending,in_progress,complete,error,cancelled,resolved_manually}';
BEGIN
    CASE
        WHEN dice <= 50 THEN PERFORM move_step(step, states[1 + dice % 6], clock_timestamp()::timestamp);
        WHEN dice <= 65 THEN PERFORM move_task(task, states[1 + dice % 6], clock_timestamp()::timestamp);
        WHEN dice <= 75 THEN
            UPDATE tasker_workflow_steps
            SET attempts = dice % 5, retryable = dice % 3 > 0, retry_limit = nullif(dice % 4, 0),
                last_attempted_at = CASE WHEN dice % 2 = 0 THEN now() END
            WHERE workflow_step_id = step;
        WHEN dice <= 80 THEN
            DELETE FROM tasker_workflow_step_transitions WHERE workflow_step_id = step AND most_recent;
        WHEN dice <= 85 THEN
            DELETE FROM tasker_workflow_step_transitions WHERE workflow_step_id = step;
            DELETE FROM tasker_workflow_step_edges WHERE step IN (from_step_id, to_step_id);
            DELETE FROM tasker_workflow_steps WHERE workflow_step_id = step;
        WHEN dice <= 90 THEN PERFORM make_task(nextval('tasker_tasks_task_id_seq') + 1000, nextval('tasker_workflow_steps_workflow_step_id_seq') * 10 + 100000, 3);
        WHEN dice <= 95 THEN PERFORM tasker_claim_steps('worker', 2, task_id => task);
        ELSE PERFORM tasker_maintain();
    END CASE;
    IF dice % 7 = 0 THEN
        RAISE EXCEPTION 'rolled back, to the savepoint';
    END IF;
EXCEPTION WHEN OTHERS THEN
    -- What happens to others they have to know of: pgbench tries again.
    IF SQLSTATE LIKE '40%' THEN RAISE; END IF;
END $$;
SQL

# storm NAME BEGIN TRANSACTIONS: by each client, of four operations; one in five is rolled back.
storm() {
    local name=$1 script wrong
    script=results/counts.$name.sql
    cat >"$script" <<SQL
\\set task random(1, 400)
\\set step :task * 10 + random(0, 4)
\\set one random(1, 100)
\\set two random(1, 100)
\\set end random(1, 5)
$2;
SELECT happen(:one, :task, :step);
SAVEPOINT here;
SELECT happen(:two, :task, :step);
\\if :end = 1
ROLLBACK TO here;
\\elif :end = 2
RELEASE here;
\\endif
SELECT happen(:one * 7 % 100, :task, :step);
SELECT happen(:two * 3 % 100, :task, :step);
\\if :end = 3
ROLLBACK;
\\else
COMMIT;
\\endif
SQL

    pgbench_again --no-vacuum --client 8 --jobs 2 --transactions "$3" --file "$script" >"results/counts.$name.log" 2>&1 ||
        fail "$name" "$(tail -5 "results/counts.$name.log")"

    wrong=$(sql -c "SELECT kind, counted, present FROM _tasker_miscounts('public'::regnamespace)")
    [ -z "$wrong" ] || fail "$name" "$wrong"
    [ "$(sql -c 'SELECT count(DISTINCT state) > 5 AND count(*) > 1000 FROM tasker_core_steps')" = t ] || fail "$name" "too little has happened"
    echo "ok $name"
}

mkdir -p results
# A session that counts at READ COMMITTED finds a row to add to: there are no more rows than sessions that ever counted at once.
cat >results/counts.rows.sql <<'SQL'
\set step (random(0, 49) * 8 + :client_id + 1) * 10 + random(0, 4)
SELECT move_step(:step, 'in_progress', clock_timestamp()::timestamp);
SQL
pgbench_again --no-vacuum --client 8 --jobs 2 --transactions 200 --file results/counts.rows.sql >results/counts.rows.log 2>&1 ||
    fail rows "$(tail -5 results/counts.rows.log)"
rows=$(sql -c "SELECT count(*) FROM tasker_core_counts WHERE kind = 'steps'")
[ "$rows" -le 8 ] || fail rows "eight clients have left $rows rows of counts"
echo "ok rows"
storm read_committed "BEGIN" 320
storm repeatable_read "BEGIN ISOLATION LEVEL REPEATABLE READ" 60
storm serializable "BEGIN ISOLATION LEVEL SERIALIZABLE" 30

# Rows that only this transaction could add to are gathered, and the sums stay what they are.
[ "$(sql -c "SELECT count(*) > 64 FROM tasker_core_counts WHERE kind = 'steps'")" = t ] || fail gathered "there is nothing to gather"
sql -c 'SELECT tasker_maintain()' >/dev/null
[ "$(sql -c "SELECT count(*) <= 65 FROM tasker_core_counts WHERE kind = 'steps'")" = t ] || fail gathered "too many rows are left"
[ -z "$(sql -c "SELECT kind FROM _tasker_miscounts('public'::regnamespace)")" ] || fail gathered "the sums have changed"
echo "ok gathered"
