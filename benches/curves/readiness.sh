# Readiness by the size and the shape of the task, of both sides. To be sourced by curves.sh.

# call_cost STATEMENT: milliseconds a call, over a connection.
call_cost() {
    printf '%s\n' "$1" >"$WORK/call.sql"
    PGOPTIONS="-c search_path=public,$BASELINE_SCHEMA" pgbench --no-vacuum --protocol prepared --client 1 --time "$POINT_SECONDS" \
        --file "$WORK/call.sql" 2>/dev/null | awk '/^tps = / { printf "%.3f", 1000 / $3 }'
}

curve_readiness() {
    local sizes=(5 10 20 50 100 200 500 1000 2000 5000) shape size task own theirs
    [ -z "$SHORT" ] || sizes=(5 50)
    pin_to_one_cpu
    echo "Readiness of a task (tasker_step_readiness) by its steps: ms a call, against $BASELINE_NAME"
    printf ' %-10s %6s %10s %10s %8s\n' shape steps ours baseline ratio
    for shape in chain fork_join layers; do
        for size in "${sizes[@]}"; do
            task=$(quiet_psql --command "SET tasker_core.testkit = on" \
                --command "SELECT tasker_testkit_random_task($size, 42, '$shape')" --command "ANALYZE" | tail -n 1)
            own=$(call_cost "SELECT * FROM tasker_step_readiness($task);")
            theirs=$(call_cost "SELECT * FROM $BASELINE_SCHEMA.get_step_readiness_status($task, NULL);")
            awk -v shape=$shape -v size="$size" -v own="$own" -v theirs="$theirs" \
                'BEGIN { printf " %-10s %6d %10.3f %10.3f %8.1f\n", shape, size, own, theirs, theirs / own }'
        done
    done
    unpin
}
