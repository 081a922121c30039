#!/usr/bin/env bash
# The whole life of a step, claimed and completed by workers, in steps a second; see README.md. To be sourced by
# run.sh, with a cluster running and the extension in its database.

life_schema=life

# life_tasks COUNT SHAPE: tasks of ten steps, as chains or as diamonds of one, eight and one.
life_tasks() {
    local shape
    case $2 in
        chain) shape=chain ;;
        diamond) shape=fork_join ;;
    esac
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null <<SQL
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS $life_schema CASCADE;
CREATE SCHEMA $life_schema;
SET search_path = $life_schema, public;
SELECT count(*) FROM tasker_install('$life_schema');
SET tasker_core.testkit = on;
SELECT count(tasker_testkit_random_task(10, 0, '$shape')) FROM generate_series(1, $1);
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
    PGOPTIONS="-c search_path=$life_schema,public" pgbench --no-vacuum --protocol prepared --client "$3" --jobs "$(($3 < 2 ? 1 : 2))" \
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
    unpin
    cat >"$WORK/claim_one.sql" <<'SQL'
SELECT coalesce(max(workflow_step_id), 0) AS step, coalesce(max(claim_token::text), '') AS token
FROM tasker_claim_steps('bench', 1) \gset
\if :step
SELECT state FROM tasker_complete_step(:step, '{}', :token::uuid);
\endif
SQL
    cat >"$WORK/claim_ten.sql" <<'SQL'
SELECT coalesce(array_agg(workflow_step_id)::text, '{}') AS steps, coalesce(array_agg(claim_token)::text, '{}') AS tokens
FROM tasker_claim_steps('bench', 10) \gset
SELECT count(state)
FROM tasker_complete_steps(
    :steps::bigint[], :tokens::uuid[], (SELECT array_agg('{}'::jsonb) FROM unnest(:steps::bigint[]))
);
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
