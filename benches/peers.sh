#!/usr/bin/env bash
# Other engines inside PostgreSQL, through a step's whole life, in the same run and on the same server as ours; see
# README.md. PEERS is a folder with checkouts of theirs: pgflow, pgmq, absurd; what is not there is left out. To be
# sourced by run.sh, after step_life.sh.

# peer_database NAME: an empty database, to which everything that follows speaks.
peer_database() {
    psql --no-psqlrc --quiet --command "CREATE DATABASE $1" postgres
    export PGDATABASE=$1
}

# peer_sql [PSQL_OPTION…]: runs what their files and ours say, quietly.
peer_sql() {
    psql --no-psqlrc --quiet --output /dev/null --set ON_ERROR_STOP=1 --set VERBOSITY=terse "$@" 2> >(grep -v NOTICE >&2)
}

# peer_rows NAME TASKS STEPS SCRIPT [PGBENCH_OPTION…]: tasks of so many steps, a tenth of them for the warm-up, then
# with one client and with eight. The query DONE counts the steps that are done, and a run of the script does RUN_STEPS of them.
peer_rows() {
    local name=$1 tasks=$2 steps=$3 script=peers/$4 few=$((($2 + 9) / 10))
    shift 4
    work 1 $((few * steps / RUN_STEPS)) "$script" --define first=0 --define clients=1 "$@"
    quiet_psql --command "VACUUM ANALYZE"
    steps_row "$name, 1 client" - 1 $((few * 3 * steps / RUN_STEPS)) "$script" \
        --define first=$few --define clients=1 "$@"
    steps_row "$name, 8 clients" - 8 $((few * 5 * steps / RUN_STEPS)) "$script" \
        --define first=$((few * 4)) --define clients=8 "$@"
}

peer_pgflow() {
    local files=("$PEERS"/pgflow/pkgs/core/schemas/*.sql) file
    peer_database peer_pgflow
    peer_sql --file "$PEERS/pgmq/pgmq-extension/sql/pgmq.sql" --file peers/pgflow_around.sql
    for file in "${files[@]}"; do
        # The extensions, for which pgflow_around.sql stands in.
        [ "${file##*/}" = 0010_extensions.sql ] || peer_sql --file "$file"
    done
    DONE="SELECT count(*) FROM pgflow.step_tasks WHERE status = 'completed'"
    peer_sql --set shape=chain --set tasks="$LIFE_TASKS" --file peers/pgflow_tasks.sql
    peer_rows "pgflow, chain" "$LIFE_TASKS" 10 pgflow_work.sql --define shape=chain
    peer_sql --set shape=wide --set tasks=$((LIFE_TASKS / 20)) --file peers/pgflow_tasks.sql
    peer_rows "pgflow, 1 -> 100 -> 1" $((LIFE_TASKS / 20)) 102 pgflow_work.sql --define shape=wide
}

peer_absurd() {
    peer_database peer_absurd
    peer_sql --file "$PEERS/absurd/sql/absurd.sql" --command "SELECT absurd.create_queue('bench')" \
        --command "SELECT count(*) FROM generate_series(1, $LIFE_TASKS) AS task, absurd.spawn_task('bench', 'bench', to_jsonb(task))"
    DONE="SELECT count(*) FROM absurd.c_bench"
    RUN_STEPS=10 peer_rows "absurd, ten in a row" "$LIFE_TASKS" 10 absurd_work.sql
}

peer_pgmq() {
    peer_database peer_pgmq
    peer_sql --file "$PEERS/pgmq/pgmq-extension/sql/pgmq.sql" --command "SELECT pgmq.create('bench')" \
        --command "SELECT pgmq.send_batch('bench', array_fill('{}'::jsonb, ARRAY[$LIFE_TASKS * 10]))"
    DONE="SELECT count(*) FROM pgmq.a_bench"
    peer_rows "pgmq, a queue alone" "$LIFE_TASKS" 10 pgmq_work.sql
}

# The engine's own SQL, without its Ruby. Its tables and indexes, filled by our test kit; our triggers do not fire.
peer_engine() {
    peer_database peer_engine
    load_original_baseline
    peer_sql --command "SELECT tasker_install()" --command "SET tasker_core.testkit = on" \
        --command "SELECT tasker_testkit_random_task(10, 0, 'chain') FROM generate_series(1, $LIFE_TASKS)"
    quiet_psql --set side=baseline --file switch_triggers.sql
    DONE="SELECT count(*) FROM tasker_workflow_steps WHERE processed"
    peer_rows "the engine's SQL, no claim, chain" "$LIFE_TASKS" 10 engine_work.sql --define i=-1
}

peers() {
    [ -n "${PEERS:-}${BASELINE:-}" ] || return 0
    local own=$PGDATABASE
    SEARCH_PATH=public,baseline RUN_STEPS=1
    unpin
    echo
    echo "Others, the same way, on the same server:"
    [ ! -d "${PEERS:-}/pgflow" ] || [ ! -d "${PEERS:-}/pgmq" ] || peer_pgflow
    [ ! -d "${PEERS:-}/absurd" ] || peer_absurd
    [ ! -d "${PEERS:-}/pgmq" ] || peer_pgmq
    [ -z "${BASELINE:-}" ] || peer_engine
    export PGDATABASE=$own
}
