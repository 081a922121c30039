# How many steps clients get done in a second. To be sourced by run.sh.

wal_position() { psql --no-psqlrc -At -c "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"; }

# steps_done: what the query DONE counts, in the schemas SEARCH_PATH.
steps_done() { PGOPTIONS="-c search_path=$SEARCH_PATH" psql --no-psqlrc -At -c "$DONE"; }

# work CLIENTS RUNS SCRIPT [PGBENCH_OPTION…]: clients run a script so often, all together. Leaves the seconds in WORKED.
work() {
    local clients=$1 runs=$2 script=$3
    shift 3
    PGOPTIONS="-c search_path=$SEARCH_PATH" pgbench --no-vacuum --protocol prepared --client "$clients" \
        --jobs "$((clients < 2 ? 1 : 2))" --transactions "$((runs / clients))" --file "$script" "$@" >"$WORK/work.log" 2>&1 || {
        cat "$WORK/work.log" >&2
        return 1
    }
    WORKED=$(awk '/^number of transactions actually processed/ { sub(/.*: /, ""); sub(/\/.*/, ""); runs = $0 }
        /^tps = / { print runs / $3 }' "$WORK/work.log")
}

# measure_steps CLIENTS RUNS SCRIPT [PGBENCH_OPTION…]: leaves the steps a second in STEPS_RATE, and the milliseconds of the
# server's CPU and the bytes of WAL that a step took in STEP_CPU and STEP_WAL.
measure_steps() {
    local before wal ticks count
    before=$(steps_done) wal=$(wal_position) ticks=$(server_ticks)
    work "$@"
    ticks=$(($(server_ticks) - ticks)) wal=$(($(wal_position) - wal)) count=$(($(steps_done) - before))
    read -r STEPS_RATE STEP_CPU STEP_WAL < <(awk -v steps="$count" -v seconds="$WORKED" \
        -v cpu="$((ticks * CLOCK_TICK_MS))" -v wal="$wal" \
        'BEGIN { printf "%d %.2f %d\n", steps / seconds, cpu / (steps + !steps), wal / (steps + !steps) }')
}

# steps_row NAME TARGET CLIENTS RUNS SCRIPT [PGBENCH_OPTION…]: a row of that.
steps_row() {
    local name=$1 target=$2
    shift 2
    measure_steps "$@"
    printf ' %-42s %6d steps/s %8s %6.2f ms CPU %7d B WAL\n' "$name" "$STEPS_RATE" "$target" "$STEP_CPU" "$STEP_WAL"
}
