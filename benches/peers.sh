#!/usr/bin/env bash
# Other engines inside PostgreSQL and ours take turns, on the same server, through a step's whole life; see README.md. PEERS is a
# folder with checkouts of theirs: pgflow, pgmq, absurd; what is not there is left out. To be sourced by run.sh, after
# step_life.sh.

PEER_ROUNDS=3

# peer_database NAME: an empty database, to which everything that follows speaks.
peer_database() {
    psql --no-psqlrc --quiet --command "CREATE DATABASE $1" postgres
    export PGDATABASE=$1
}

# peer_sql [PSQL_OPTION…]: runs what their files and ours say, quietly.
peer_sql() {
    psql --no-psqlrc --quiet --output /dev/null --set ON_ERROR_STOP=1 --set VERBOSITY=terse "$@" 2> >(grep -v NOTICE >&2)
}

# peer_warm_up SCRIPT [PGBENCH_OPTION…]: some tasks of ten steps, so that no plan is made for empty tables.
peer_warm_up() {
    local script=peers/$1
    shift
    work 1 $((PEER_WARM_UP * 10 / RUN_STEPS)) "$script" --define first=0 --define clients=1 "$@"
}

# Each set_up makes a database with tasks enough for all turns; each turn runs so many tasks with so many clients.

set_up_pgflow() {
    local files=("$PEERS"/pgflow/pkgs/core/schemas/*.sql) file
    peer_database peer_pgflow
    peer_sql --file "$PEERS/pgmq/pgmq-extension/sql/pgmq.sql" --file peers/pgflow_around.sql
    for file in "${files[@]}"; do
        # The extensions, for which pgflow_around.sql stands in.
        [ "${file##*/}" = 0010_extensions.sql ] || peer_sql --file "$file"
    done
    peer_sql --set shape=chain --set tasks="$PEER_TASKS" --file peers/pgflow_tasks.sql
    peer_sql --set shape=wide --set tasks=$((PEER_TASKS / 10)) --file peers/pgflow_tasks.sql
    peer_warm_up pgflow_work.sql --define shape=chain
}

turn_pgflow() {
    PGDATABASE=peer_pgflow DONE="SELECT count(*) FROM pgflow.step_tasks WHERE status = 'completed'"
    peer_turn "pgflow, chain" "$1" $(($2 * 10)) peers/pgflow_work.sql --define shape=chain
    peer_turn "pgflow, 1 -> 100 -> 1" "$1" $(($2 / 10 * 102)) peers/pgflow_work.sql --define shape=wide
}

set_up_absurd() {
    peer_database peer_absurd
    peer_sql --file "$PEERS/absurd/sql/absurd.sql" --command "SELECT absurd.create_queue('bench')" \
        --command "SELECT count(*) FROM generate_series(1, $PEER_TASKS) AS task, absurd.spawn_task('bench', 'bench', to_jsonb(task))"
    RUN_STEPS=10 peer_warm_up absurd_work.sql
}

turn_absurd() {
    PGDATABASE=peer_absurd DONE="SELECT count(*) FROM absurd.c_bench"
    peer_turn "absurd, ten in a row" "$1" "$2" peers/absurd_work.sql
}

set_up_pgmq() {
    peer_database peer_pgmq
    peer_sql --file "$PEERS/pgmq/pgmq-extension/sql/pgmq.sql" --command "SELECT pgmq.create('bench')" \
        --command "SELECT pgmq.send_batch('bench', array_fill('{}'::jsonb, ARRAY[$PEER_TASKS * 10]))"
    peer_warm_up pgmq_work.sql
}

turn_pgmq() {
    PGDATABASE=peer_pgmq DONE="SELECT count(*) FROM pgmq.a_bench"
    peer_turn "pgmq, a queue alone" "$1" $(($2 * 10)) peers/pgmq_work.sql
}

# The engine's own SQL, without its Ruby. Its tables and indexes, filled by our test kit; our triggers do not fire.
set_up_engine() {
    peer_database peer_engine
    load_original_baseline
    peer_sql --command "SELECT tasker_install()" --command "SET tasker_core.testkit = on" \
        --command "SELECT tasker_testkit_random_task(10, 0, 'chain') FROM generate_series(1, $PEER_TASKS)"
    quiet_psql --set side=baseline --file switch_triggers.sql
    ENGINE_TASKS_DONE=$PEER_WARM_UP
    peer_warm_up engine_work.sql --define i=-1
}

turn_engine() {
    PGDATABASE=peer_engine DONE="SELECT count(*) FROM tasker_workflow_steps WHERE processed"
    peer_turn "the engine's SQL, no claim, chain" "$1" $(($2 / $1 * $1 * 10)) peers/engine_work.sql --define i=-1 \
        --define first="$ENGINE_TASKS_DONE" --define clients="$1"
    ENGINE_TASKS_DONE=$((ENGINE_TASKS_DONE + $2))
}

# Our own, in the database of the other rows; tasks are made before each turn.
turn_ours() {
    PGDATABASE=$OWN_DATABASE SEARCH_PATH=$life_schema,public DONE=$LIFE_DONE
    life_tasks "$2" chain
    peer_turn "tasker_core, one by one, chain" "$1" $(($2 * 10)) "$WORK/by_one.sql"
    life_tasks "$2" chain
    peer_turn "tasker_core, going on, chain" "$1" $(($2 * 10 + $1)) "$WORK/go_on.sql" --define step=0 --define token=-
    life_tasks $(($2 / 10)) diamond 102
    peer_turn "tasker_core, going on, 1 -> 100 -> 1" "$1" $(($2 / 10 * 102 + $1)) "$WORK/go_on.sql" \
        --define step=0 --define token=-
    SEARCH_PATH=public,baseline
}

# peer_turn NAME CLIENTS RUNS SCRIPT [PGBENCH_OPTION…]
peer_turn() {
    local name=$1
    shift
    quiet_psql --command "VACUUM ANALYZE"
    measure_steps "$@"
    printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$1" "$STEPS_RATE" "$STEP_CPU" "$STEP_WAL" >>"$WORK/peers.tsv"
}

# The median of each, with the lowest and the highest.
peer_table() {
    awk -F '\t' '
        { key = $1 "\t" $2; if (!(key in turns)) order[++keys] = key
          n = ++turns[key]; rate[key, n] = $3; cpu[key, n] = $4; wal[key, n] = $5 }
        function middle(values, key, n,    i, j, sorted, v) {
            for (i = 1; i <= n; i++) {
                v = values[key, i]
                for (j = i - 1; j > 0 && sorted[j] > v; j--) sorted[j + 1] = sorted[j]
                sorted[j + 1] = v
            }
            least = sorted[1]; most = sorted[n]
            return sorted[int((n + 1) / 2)]
        }
        END {
            for (k = 1; k <= keys; k++) {
                key = order[k]; split(key, part, "\t"); n = turns[key]
                milliseconds = middle(cpu, key, n); bytes = middle(wal, key, n); median = middle(rate, key, n)
                printf " %-42s %d client%s %6d steps/s (%d .. %d) %6.2f ms CPU %7d B WAL\n", part[1], part[2],
                    (part[2] > 1 ? "s" : " "), median, least, most, milliseconds, bytes
            }
        }' "$WORK/peers.tsv"
}

peers() {
    [ -n "${PEERS:-}${BASELINE:-}" ] || return 0
    local contenders=(ours) contender round clients
    OWN_DATABASE=$PGDATABASE SEARCH_PATH=public,baseline RUN_STEPS=1
    PEER_WARM_UP=$((LIFE_TASKS / 10)) PEER_TASKS=$((LIFE_TASKS / 10 + PEER_ROUNDS * LIFE_TASKS))
    unpin
    [ ! -d "${PEERS:-}/pgflow" ] || [ ! -d "${PEERS:-}/pgmq" ] || contenders+=(pgflow)
    [ ! -d "${PEERS:-}/absurd" ] || contenders+=(absurd)
    [ ! -d "${PEERS:-}/pgmq" ] || contenders+=(pgmq)
    [ -z "${BASELINE:-}" ] || contenders+=(engine)
    for contender in "${contenders[@]:1}"; do
        "set_up_$contender"
    done
    life_tables_of_ours
    for ((round = 1; round <= PEER_ROUNDS; round++)); do
        for clients in 1 8; do
            for contender in "${contenders[@]}"; do
                "turn_$contender" $clients $((clients < 2 ? LIFE_TASKS * 3 / 10 : LIFE_TASKS / 2))
            done
        done
    done
    export PGDATABASE=$OWN_DATABASE
    echo
    echo "Others and ours in turns, on the same server: the median of $PEER_ROUNDS, the lowest and the highest:"
    sort -s -t "$(printf '\t')" -k 2,2n "$WORK/peers.tsv" >"$WORK/peers.sorted" && mv "$WORK/peers.sorted" "$WORK/peers.tsv"
    peer_table
}

# Fresh tables for our turns, and the warm-up.
life_tables_of_ours() {
    export PGDATABASE=$OWN_DATABASE
    life_scripts
    SEARCH_PATH=$life_schema,public DONE=$LIFE_DONE
    life_tables
    life_warm_up
    SEARCH_PATH=public,baseline
}
