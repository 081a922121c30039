# Times the two sides of a row, one after the other, round by round. To be sourced by run.sh.
#
# Appends to $WORK/rows.tsv (row, target, whether less is better) and to $WORK/samples.tsv (row, side, round,
# milliseconds a call, milliseconds of CPU that the server spent on a call).

CLOCK_TICK_MS=$((1000 / $(getconf CLK_TCK)))

# Client and server share one CPU: only one of them works at a time, and waking a process on another CPU can take
# longer than a call, most of all on a virtual machine. Does nothing where there is no taskset.
pin_to_one_cpu() {
    local postmaster cpu
    [ -r /proc/self/status ] && command -v taskset >/dev/null || return 0
    cpu=$(awk '/^Cpus_allowed_list/ { n = split($2, cpus, /[-,]/); print cpus[n] }' /proc/self/status)
    read -r postmaster <"$CLUSTER_DIR/data/postmaster.pid"
    taskset --all-tasks --cpu-list --pid "$cpu" "$postmaster" >/dev/null
    taskset --cpu-list --pid "$cpu" "$BASHPID" >/dev/null
    PINNED=1
}

# Gives the server, this script and what they start all CPUs again: for rows about several clients.
unpin() {
    local postmaster cpus
    [ -n "${PINNED:-}" ] || return 0
    cpus=0-$(($(getconf _NPROCESSORS_ONLN) - 1))
    read -r postmaster <"$CLUSTER_DIR/data/postmaster.pid"
    taskset --all-tasks --cpu-list --pid "$cpus" "$postmaster" >/dev/null
    taskset --cpu-list --pid "$cpus" "$BASHPID" >/dev/null
    PINNED=
}

# Prints how many processes the server has without connections. Call it without connections.
children_at_rest() {
    local postmaster children=()
    read -r postmaster <"$CLUSTER_DIR/data/postmaster.pid"
    sleep 0.5
    [ ! -r "/proc/$postmaster/task/$postmaster/children" ] \
        || read -r -a children <"/proc/$postmaster/task/$postmaster/children" || true
    CHILDREN_AT_REST=${#children[@]}
}

# The names of all rows.
row_names() (
    compare() { echo "$1"; }
    compare_inside() { echo "$1"; }
    compare_writes() { echo "$1"; }
    BASELINE_SCHEMA=none rows
)

wanted() {
    [ -z "${ROW:-}" ] || [ "$ROW" = "$1" ]
}

# The CPU time, in clock ticks, of the server processes that have ended. With one session at a time, what a run
# adds is its own; and unlike elapsed time it hardly depends on what else the machine does. Nothing without /proc.
server_ticks() {
    local postmaster children tries
    read -r postmaster <"$CLUSTER_DIR/data/postmaster.pid"
    [ -r "/proc/$postmaster/task/$postmaster/children" ] || return 0
    # A session that was closed just now may not have ended yet.
    for ((tries = 0; tries < 100; tries++)); do
        read -r -a children <"/proc/$postmaster/task/$postmaster/children" || true
        [ "${#children[@]}" -gt "$CHILDREN_AT_REST" ] || break
        sleep 0.02
    done
    awk '{ print $16 + $17 }' "/proc/$postmaster/stat"
}

# sample ROW SIDE ROUND PGBENCH_ARGUMENTS…; round 0 is the warm-up, and counts for nothing.
sample() {
    local row=$1 side=$2 round=$3 before after
    shift 3
    server_ticks >"$WORK/ticks"
    read -r before <"$WORK/ticks" || before=
    if ! pgbench --no-vacuum --protocol prepared --client 1 --random-seed $((4200 + round)) "$@" \
        >"$WORK/pgbench.out" 2>"$WORK/pgbench.err"; then
        cat "$WORK/pgbench.err" >&2
        return 1
    fi
    server_ticks >"$WORK/ticks"
    read -r after <"$WORK/ticks" || after=
    [ "$round" -gt 0 ] || return 0
    awk -v calls_each="${CALLS:-1}" -v name="$row" -v side="$side" -v round="$round" -v ticks="$((after - before))" -v tick="$CLOCK_TICK_MS" '
        /^number of transactions actually processed/ { sub(/.*: /, ""); sub(/\/.*/, ""); calls = $0 * calls_each }
        /^tps = / { milliseconds = 1000 / $3 / calls_each }
        END {
            cpu = ticks > 0 ? sprintf("%.6f", ticks * tick / calls) : "-"
            printf "%s\t%s\t%d\t%.6f\t%s\n", name, side, round, milliseconds, cpu
        }' "$WORK/pgbench.out" >>"$WORK/samples.tsv"
}

# compare ROW TARGET BASELINE_SCRIPT SCRIPT [PGBENCH_OPTION…]: the options say how long a turn lasts, if not BENCH_SECONDS.
compare() {
    local row=$1 target=$2 round turn=("${@:5}")
    [ "${#turn[@]}" -gt 0 ] || turn=(--time "$BENCH_SECONDS")
    wanted "$row" || return 0
    echo "   $row" >&2
    printf '%s\t%s\tf\n' "$row" "$target" >>"$WORK/rows.tsv"
    printf '%s\n' "$3" >"$WORK/baseline.sql"
    printf '%s\n' "$4" >"$WORK/tasker.sql"
    for ((round = FIRST_ROUND; round <= BENCH_ROUNDS; round++)); do
        sample "$row" baseline $round "${turn[@]}" --file "$WORK/baseline.sql"
        sample "$row" tasker $round "${turn[@]}" --file "$WORK/tasker.sql"
    done
}

# The functions alone: many calls in one statement, so that neither the client nor the connection counts.
compare_inside() {
    local call="SELECT count(*) FROM generate_series(1, 100) AS turn,
        LATERAL (SELECT (1 + (turn * 7919 + :start) % $TASKS)::bigint AS task OFFSET 0) AS drawn, LATERAL"
    CALLS=100 compare "$1" "$2" "\\set start random(1, $TASKS)
        $call $3 AS answer;" "\\set start random(1, $TASKS)
        $call $4 AS answer;"
}

# compare_writes ROW TARGET SYNCHRONOUS_COMMIT: the same writes on the same tables, without and with the
# triggers. Every run takes steps that no run has touched.
compare_writes() {
    local row=$1 target=$2 round side
    wanted "$row" || return 0
    echo "   $row" >&2
    printf '%s\t%s\tt\n' "$row" "$target" >>"$WORK/rows.tsv"
    for ((round = FIRST_ROUND; round <= BENCH_ROUNDS; round++)); do
        for side in baseline tasker; do
            quiet_psql --set side="$side" --file switch_triggers.sql
            PGOPTIONS="-c synchronous_commit=$3" sample "$row" "$side" $round --transactions "$WRITE_COUNT" \
                --define i="$((WRITES_DONE - 1))" --file write_cycle.sql
            WRITES_DONE=$((WRITES_DONE + WRITE_COUNT))
        done
    done
}
