#!/usr/bin/env bash
# The whole life of a step, claimed and completed by workers, in steps a second; see README.md. To be sourced by
# run.sh, with a cluster running and the extension in its database.

life_schema=life
LIFE_DONE="SELECT count(*) FROM tasker_workflow_steps WHERE processed"

# life_tables: an empty installation in a schema of its own.
life_tables() {
    quiet_psql --output /dev/null <<SQL
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS $life_schema CASCADE;
CREATE SCHEMA $life_schema;
SET search_path = $life_schema, public;
SELECT tasker_install('$life_schema');
SQL
}

# life_tasks COUNT SHAPE [STEPS]: tasks of ten steps or so many, as chains or as diamonds of one, the others and one.
life_tasks() {
    local shape
    case $2 in
        chain) shape=chain ;;
        diamond) shape=fork_join ;;
    esac
    quiet_psql --output /dev/null <<SQL
SET search_path = $life_schema, public;
SET tasker_core.testkit = on;
SELECT tasker_testkit_random_task(${3:-10}, 0, '$shape') FROM generate_series(1, $1);
VACUUM ANALYZE;
SQL
}

# life_limit [LIMIT]: sets one for all steps, or takes it away.
life_limit() {
    life_limited=${1:-}
    quiet_psql --output /dev/null <<SQL
SET search_path = $life_schema, public;
SELECT tasker_set_limit('namespace', 'testkit'${1:+, $1});
SQL
}

# life_warm_up: so that no run has empty tables, or plans made for them.
life_warm_up() {
    life_tasks "$((LIFE_TASKS / 10))" chain
    work 1 "$LIFE_TASKS" "$WORK/by_one.sql"
}

# claim_cost STEPS: what a claim of so many steps costs in milliseconds: the best of two in each of three sessions, as a machine
# that others use too is twice as slow at times.
claim_cost() {
    local session
    for session in 1 2 3; do
        psql --no-psqlrc -At --set ON_ERROR_STOP=1 <<SQL | tail -n 1
SET search_path = $life_schema, public;
DO \$\$
DECLARE
    began timestamptz;
    took interval := '1 day';
BEGIN
    FOR round IN 1..2 LOOP
        began := clock_timestamp();
        PERFORM count(*) FROM tasker_claim_steps('bench', $1);
        took := least(took, clock_timestamp() - began);
    END LOOP;
    PERFORM set_config('bench.took', (extract(epoch FROM took) * 1e3)::text, false);
END
\$\$;
SELECT round(current_setting('bench.took')::numeric, 2);
SQL
        sleep 0.5
    done | sort -g | head -n 1
}

# life_row TARGET CLIENTS SHAPE [HOW]: new tasks, from the first claim to the last task's end; one step after the other
# unless the workers go_on from one to the next in one call, or take and end them by_ten.
life_row() {
    local target=$1 clients=$2 shape=$3 how=${4:-by_one} tasks=$((LIFE_TASKS / ($2 < 2 ? 4 : 2))) steps=10 runs name
    [ "$how" != by_ten ] || tasks=$((tasks * 10))
    name="$shape, $clients client$([ "$clients" = 1 ] || echo s)"
    if [ "$shape" = wide ]; then
        shape=diamond steps=102 tasks=$((tasks / 10)) name="1 -> 100 -> 1${name#wide}"
    fi
    case $how in
        by_one) runs=$((tasks * steps)) ;;
        go_on) runs=$((tasks * steps + clients)) name="$name, going on" ;;
        by_ten) runs=$((tasks * steps / 10)) name="$name, by ten" ;;
    esac
    life_tasks "$tasks" "$shape" "$steps"
    steps_row "$name${life_limited:+, limited}" "$target" "$clients" "$runs" "$WORK/$how.sql" --define step=0 --define token=-
}

life_scripts() {
    cat >"$WORK/by_one.sql" <<'SQL'
SELECT coalesce(max(workflow_step_id), 0) AS step, coalesce(max(claim_token::text), '') AS token
FROM tasker_claim_steps('bench', 1) \gset
\if :step
SELECT state FROM tasker_complete_step(:step, '{}', :token::uuid);
\endif
SQL
    cat >"$WORK/go_on.sql" <<'SQL'
\if :step
SELECT coalesce(max(workflow_step_id), 0) AS step, coalesce(max(claim_token::text), '') AS token
FROM tasker_complete_and_claim(:step, '{}', :token::uuid, 'bench') \gset
\else
SELECT coalesce(max(workflow_step_id), 0) AS step, coalesce(max(claim_token::text), '') AS token
FROM tasker_claim_steps('bench', 1) \gset
\endif
SQL
    cat >"$WORK/by_ten.sql" <<'SQL'
SELECT coalesce(array_agg(workflow_step_id)::text, '{}') AS steps, coalesce(array_agg(claim_token)::text, '{}') AS tokens
FROM tasker_claim_steps('bench', 10) \gset
SELECT count(state)
FROM tasker_complete_steps(
    :steps::bigint[], :tokens::uuid[], (SELECT array_agg('{}'::jsonb) FROM unnest(:steps::bigint[]))
);
SQL
}

step_life() {
    local shape few many
    unpin
    life_scripts
    echo
    echo "The whole life of a step (claim, complete, children hinted, task finalized), with the CPU time and WAL of a step:"
    SEARCH_PATH=$life_schema,public DONE=$LIFE_DONE
    life_tables
    life_warm_up
    for shape in chain diamond; do
        life_row '>= 1000' 1 $shape
        life_row '>= 2700' 8 $shape
        life_row '>= 1000' 1 $shape go_on
        life_row '>= 2700' 8 $shape go_on
        life_row '>= 5000' 8 $shape by_ten
    done
    life_row - 1 wide
    life_row '>= 1300' 8 wide
    life_limit "max_running => 100"
    life_row - 8 chain go_on
    life_limit
    life_tables
    life_tasks 600 chain
    few=$(claim_cost 100)
    life_tasks "$WAITING_TASKS" chain
    many=$(claim_cost 100)
    printf ' claim of 100 steps: %s ms with 600 tasks waiting, %s ms with %s (target: at most 1.5 times)\n' \
        "$few" "$many" "$WAITING_TASKS"
}
