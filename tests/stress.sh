#!/usr/bin/env bash
# Workers beside what a DBA does meanwhile: GRANT, ANALYZE, indexes, columns, VACUUM FULL, REINDEX. No backend may crash, no call
# may fail, and afterwards amcheck and the doctor find nothing. TASKER_STRESS_SECONDS=10 unless set.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh

seconds=${TASKER_STRESS_SECONDS:-10}
cluster_start "autovacuum_naptime = 1s" "log_error_verbosity = verbose" "deadlock_timeout = 200ms"
run() { psql -Xq -v ON_ERROR_STOP=1 "$@"; }
work=$(as_server_user mktemp -d "$CLUSTER_DIR/work.XXXXXX")
chmod 755 "$work"

run >/dev/null <<'SQL'
CREATE EXTENSION tasker_core;
CREATE EXTENSION amcheck;
SELECT count(*) FROM tasker_install();
SELECT count(*) FROM tasker_register_task('{"name":"chain","step_templates":[{"name":"a"},{"name":"b","depends_on_step":"a"},
    {"name":"c","depends_on_steps":["a","b"]},{"name":"d","depends_on_step":"c"}]}');
SELECT count(*) FROM tasker_create_tasks((SELECT jsonb_agg(jsonb_build_object('task_name', 'chain', 'context', jsonb_build_object('i', i))) FROM generate_series(1, 3000) AS i));
CREATE ROLE stress_a;
CREATE ROLE stress_b;
SQL

cat >"$work/worker.sql" <<'SQL'
SELECT coalesce(max(workflow_step_id), 0) AS step, coalesce(max(claim_token::text), '00000000-0000-0000-0000-000000000000') AS token
    FROM tasker_claim_steps('worker') \gset
\if :step
SELECT count(*) FROM tasker_complete_step(:step, '{"ok": true}', :token::uuid)
\endif
SQL
# Statements of one kind, over and over, each in its own transaction.
during() { # during NAME STATEMENT…
    local name=$1 statement
    shift
    while [ ! -e "$work/done" ]; do
        for statement in "$@"; do
            psql -Xq -c "SET lock_timeout = '2s'" -c "SET deadlock_timeout = '1min'" -c "$statement" >>"$work/$name.log" 2>&1 || true
        done
    done
}

# As fast as one session can: each is an invalidation of every table for every worker.
for role in stress_a stress_b; do
    psql -Xq >"$work/$role.log" 2>&1 <<SQL &
DO \$\$
DECLARE
    until timestamptz := clock_timestamp() + interval '$seconds s';
BEGIN
    WHILE clock_timestamp() < until LOOP
        BEGIN
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO $role;
        EXCEPTION WHEN internal_error THEN NULL;
        END;
        COMMIT;
        BEGIN
            REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM $role;
        EXCEPTION WHEN internal_error THEN NULL;
        END;
        COMMIT;
    END LOOP;
END
\$\$;
SQL
done
during analyze 'ANALYZE' 'VACUUM' &
during ddl \
    'CREATE INDEX CONCURRENTLY IF NOT EXISTS stress_metadata ON tasker_workflow_step_transitions (created_at)' \
    'ALTER TABLE tasker_workflow_steps ADD COLUMN IF NOT EXISTS stress integer DEFAULT 1' \
    'REINDEX TABLE tasker_core_steps' 'VACUUM FULL tasker_core_hints' 'REINDEX TABLE tasker_core_leases' \
    'ALTER TABLE tasker_core_steps SET (fillfactor = 60)' \
    'VACUUM FULL tasker_core_counts' 'CREATE INDEX IF NOT EXISTS stress_state ON tasker_core_steps (named_step_id) WHERE processed' \
    'DROP INDEX IF EXISTS stress_metadata' 'ALTER TABLE tasker_workflow_steps DROP COLUMN IF EXISTS stress' 'DROP INDEX IF EXISTS stress_state' &

pgbench_again --no-vacuum --protocol=prepared --client=8 --jobs=1 --time="$seconds" --file="$work/worker.sql" >"$work/pgbench.log" 2>&1 && ok=yes || ok=no
touch "$work/done"
wait

fail=0
check() { # check NAME: what is read from standard input must be empty
    local found
    found=$(cat)
    if [ -z "$found" ]; then
        printf 'ok %s\n' "$1"
    else
        printf 'not ok %s\n%s\n' "$1" "$found"
        fail=1
    fi
}
{ [ "$ok" = yes ] && ! grep -q 'aborted' "$work/pgbench.log"; } || tail -n 20 "$work/pgbench.log" >"$work/failed"
{ cat "$work/failed" 2>/dev/null || true; } | check "no call of a worker failed"
# PostgreSQL itself says XX000 of a GRANT beside an ANALYZE.
{ grep -E 'terminated by signal|TRAP:|PANIC|XX000' "$CLUSTER_DIR/log" | grep -v 'tuple concurrently updated' || true; } | check "no crash, no failed assertion, no internal error"
run -At <<'SQL' | check "amcheck finds nothing"
SELECT bt_index_check(c.oid, true)::text
FROM pg_class AS c JOIN pg_am AS a ON a.oid = c.relam
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'i' AND a.amname = 'btree' AND bt_index_check(c.oid, true)::text <> ''
UNION ALL
SELECT v.msg FROM pg_class AS c, verify_heapam(c.oid) AS v WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r';
SQL
run -At -c "SELECT severity, check_name, object, detail FROM tasker_doctor() WHERE severity <> 'info'" | check "the doctor finds nothing"
run -At -c "SELECT count(*) FROM tasker_workflow_steps WHERE processed HAVING count(*) = 0" | check "steps were completed"
printf '%s steps completed in %s s\n' "$(run -At -c 'SELECT count(*) FROM tasker_workflow_steps WHERE processed')" "$seconds"
exit $fail
