#!/usr/bin/env bash
# The whole life of a step, claimed and completed by workers, in steps a second; see README.md. To be sourced by
# run.sh, with a cluster running and the extension in its database.

life_schema=life

# life_tasks COUNT SHAPE: tasks of ten steps, as chains or as diamonds of one, eight and one.
life_tasks() {
    local edges
    case $2 in
        chain) edges='SELECT n, n + 1 FROM generate_series(1, 9) AS n' ;;
        diamond) edges='SELECT 1, n FROM generate_series(2, 9) AS n UNION ALL SELECT n, 10 FROM generate_series(2, 9) AS n' ;;
    esac
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null <<SQL
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS $life_schema CASCADE;
CREATE SCHEMA $life_schema;
SET search_path = $life_schema, public;
SELECT count(*) FROM tasker_install('$life_schema');
INSERT INTO tasker_task_namespaces (task_namespace_id, name, created_at, updated_at) VALUES (1, 'default', now(), now());
INSERT INTO tasker_dependent_systems (dependent_system_id, name, created_at, updated_at) VALUES (1, 'shop', now(), now());
INSERT INTO tasker_named_tasks (named_task_id, name, created_at, updated_at) VALUES (1, 'order', now(), now());
INSERT INTO tasker_named_steps (named_step_id, dependent_system_id, name, created_at, updated_at)
SELECT n, 1, 'step ' || n, now(), now() FROM generate_series(1, 10) AS n;
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at)
SELECT task, 1, now(), task, now(), now() FROM generate_series(1, $1) AS task;
INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, attempts, created_at, updated_at)
SELECT task * 10 + n - 1, task, n, 0, now(), now() FROM generate_series(1, $1) AS task, generate_series(1, 10) AS n;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT task * 10 + parent - 1, task * 10 + child - 1, 'provides', now(), now()
FROM generate_series(1, $1) AS task, ($edges) AS edge (parent, child);
VACUUM ANALYZE;
CHECKPOINT;
SQL
}

life_done() { psql --no-psqlrc -At -c "SELECT count(*) FROM $life_schema.tasker_workflow_steps WHERE processed"; }
wal_position() { psql --no-psqlrc -At -c "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"; }

# life_row NAME TARGET CLIENTS SCRIPT: steps a second and bytes of WAL a step.
life_row() {
    local before after wal rate
    before=$(life_done) wal=$(wal_position)
    PGOPTIONS="-c search_path=$life_schema,public" pgbench --no-vacuum --client "$3" --jobs "$(($3 < 2 ? 1 : 2))" \
        --time "$BENCH_SECONDS" --file "$4" --define tasks="$LIFE_TASKS" >"$WORK/life.log" 2>&1 || {
        cat "$WORK/life.log" >&2
        return 1
    }
    after=$(life_done)
    rate=$(((after - before) / BENCH_SECONDS))
    wal=$((($(wal_position) - wal) / (after > before ? after - before : 1)))
    printf ' %-28s %8s steps/s %8s %8s B of WAL a step\n' "$1" "$rate" "$2" "$wal"
}

# claim_cost: what a claim of 100 steps costs in milliseconds: the best of five.
claim_cost() {
    psql --no-psqlrc -At --set ON_ERROR_STOP=1 <<SQL | tail -n 1
SET search_path = $life_schema, public;
DO \$\$
DECLARE
    began timestamptz;
    took interval := '1 day';
BEGIN
    FOR round IN 1..5 LOOP
        began := clock_timestamp();
        PERFORM count(*) FROM tasker_claim_steps('bench', 100);
        took := least(took, clock_timestamp() - began);
    END LOOP;
    PERFORM set_config('bench.took', (extract(epoch FROM took) * 1e3)::text, false);
END
\$\$;
SELECT round(current_setting('bench.took')::numeric, 2);
SQL
}

step_life() {
    local few many
    cat >"$WORK/claim_one.sql" <<'SQL'
SELECT coalesce(max(workflow_step_id), 0) AS step, coalesce(max(claim_token::text), '') AS token
FROM tasker_claim_steps('bench', 1) \gset
\if :step
SELECT state FROM tasker_complete_step(:step, '{}', ':token');
\endif
SQL
    cat >"$WORK/claim_ten.sql" <<'SQL'
SELECT coalesce(array_agg(workflow_step_id)::text, '{}') AS steps, coalesce(array_agg(claim_token)::text, '{}') AS tokens
FROM tasker_claim_steps('bench', 10) \gset
SELECT count(ended.state)
FROM unnest((':steps')::bigint[], (':tokens')::uuid[]) AS claimed (step, token),
    LATERAL tasker_complete_step(claimed.step, '{}', claimed.token) AS ended;
SQL
    echo
    echo "The whole life of a step (claim, complete, children hinted, task finalized), ten steps a task:"
    for shape in chain diamond; do
        life_tasks "$LIFE_TASKS" $shape
        life_row "$shape, 1 client" '>= 1000' 1 "$WORK/claim_one.sql"
        life_row "$shape, 8 clients" '>= 2700' 8 "$WORK/claim_one.sql"
        life_row "$shape, 8 clients, by ten" '>= 5000' 8 "$WORK/claim_ten.sql"
    done
    # Five claims must find their hundred steps.
    life_tasks "$((LIFE_TASKS / 10 < 600 ? 600 : LIFE_TASKS / 10))" chain
    few=$(claim_cost)
    life_tasks "$LIFE_TASKS" chain
    many=$(claim_cost)
    printf ' claim of 100 steps: %s ms with %s tasks waiting, %s ms with %s (target: at most 1.5 times)\n' \
        "$few" "$((LIFE_TASKS / 10 < 600 ? 600 : LIFE_TASKS / 10))" "$many" "$LIFE_TASKS"
}
