# Runs a suite of independent tests in two halves at the same time, each in a cluster of its own. To be sourced.

# run_halves SCRIPT TEST…: runs the script with every other of the tests, twice, and shows what both print, line by line. HALF in
# the environment of the script tells its folder of results from the other's.
run_halves() {
    local script=$1 half status=0 pids=() tests
    shift
    for half in 1 2; do
        tests=()
        for ((i = half; i <= $#; i += 2)); do tests+=("${!i}"); done
        [ ${#tests[@]} -gt 0 ] || continue
        # Without pipefail, the end of the output would count and not that of the script.
        (set -o pipefail && HALF=-$half "$script" "${tests[@]}" 2>&1 | grep --line-buffered '') &
        pids+=($!)
    done
    for half in "${pids[@]}"; do wait "$half" || status=1; done
    return $status
}
