#!/usr/bin/env bash
# Fifty sessions that end the last steps of one task, and finalize it, at the same moment. One line "ok NAME" for each
# kind of end; STORM_ROUNDS tasks each (2 unless set).
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh

cluster_start "max_connections = 80" "deadlock_timeout = 100ms"

sql -c 'CREATE EXTENSION tasker_core' -c 'SELECT count(*) FROM tasker_install()' -f pg_regress/helpers.sql >/dev/null

readonly steps=25
mkdir -p results
errors=$PWD/results/finalize_storm.errors
: >"$errors"
task=0

# storm NAME MODE END EDGES STATEMENT…: the statements take turns, one session for each claimed step, with :step and
# :token; as many sessions finalize meanwhile. END: how the task has to end; empty: not at all, one step is ready then.
storm() {
    local name=$1 mode=$2 end=$3 edges=$4 round
    shift 4
    sql -c "SELECT tasker_set_config('engine', '{\"finalize\": \"$mode\"}')" >/dev/null
    for ((round = 0; round < ${STORM_ROUNDS:-2}; round++)); do
        task=$((task + 1))
        sql -c "SELECT make_task($task, $task * 100, $steps, '$edges')" \
            -c "SELECT count(*) FROM tasker_claim_steps('worker', $steps, lease => '1 hour', task_id => $task)" >/dev/null
        let_go "$name" "$@"
        if [ "$mode" = manual ]; then
            # The last who finalized may have come before the last step: the feed of due tasks knows of it.
            sql -c "SELECT tasker_finalize_task(task_id) FROM tasker_due_tasks('scheduler') WHERE task_id = $task" >/dev/null
        fi
        check_end "$name" "$end"
    done
    local defects
    defects=$(sql -c "SELECT check_name, object, detail FROM tasker_doctor() WHERE severity = 'error'")
    [ -z "$defects" ] || fail "$name" "$defects"
    echo "ok $name"
}

# All of them wait for a lock, and get it together.
let_go() {
    local name=$1 step token at=0 sessions=()
    shift
    mkfifo "$CLUSTER_DIR/gate"
    sql <"$CLUSTER_DIR/gate" >/dev/null &
    exec 9>"$CLUSTER_DIR/gate"
    sessions+=($!)
    echo 'SELECT pg_advisory_lock(42);' >&9
    until [ "$(sql -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")" -eq 1 ]; do sleep 0.02; done
    local wait='SELECT pg_advisory_lock_shared(42); SELECT pg_advisory_unlock_shared(42);'
    while IFS='|' read -r step token; do
        local statements=("$@")
        sql -v step="$step" -v token="'$token'" <<<"$wait ${statements[at % $#]};" >/dev/null 2>>"$errors" 9>&- &
        sessions+=($!)
        sql <<<"$wait SELECT * FROM tasker_finalize_task($task);" >/dev/null 2>>"$errors" 9>&- &
        sessions+=($!)
        at=$((at + 1))
    done < <(sql -c "SELECT workflow_step_id, claim_token FROM tasker_core_leases WHERE task_id = $task ORDER BY 1")
    [ "$at" -ge $((steps - 1)) ] || fail "$name" "only $at steps were claimed"
    until [ "$(sql -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")" -eq $((2 * at)) ]; do
        [ ! -s "$errors" ] || fail "$name" "$(cat "$errors")"
        sleep 0.02
    done
    exec 9>&-
    wait "${sessions[@]}" || true
    rm "$CLUSTER_DIR/gate"
    [ ! -s "$errors" ] || fail "$name" "$(cat "$errors")"
}

check_end() {
    local name=$1 end=$2 ends open
    ends=$(sql -c "SELECT coalesce(string_agg(to_state, ',' ORDER BY sort_key), '') FROM tasker_task_transitions
                   WHERE task_id = $task AND to_state NOT IN ('pending', 'in_progress')")
    [ "$ends" = "$end" ] || fail "$name" "task $task ended as «$ends», not as «$end»"
    open=$(sql -c "SELECT count(*) FROM tasker_step_readiness($task) WHERE current_state IN ('pending', 'in_progress')")
    if [ -n "$end" ]; then
        [ "$open" -eq 0 ] || fail "$name" "$open steps of task $task are open"
    else
        [ "$open" -eq 1 ] || fail "$name" "$open steps of task $task are open"
        [ "$(sql -c "SELECT count(*) FROM tasker_claim_steps('worker', 9) WHERE task_id = $task")" -eq 1 ] ||
            fail "$name" "the last step of task $task cannot be claimed"
    fi
}

readonly complete="SELECT state FROM tasker_complete_step(:step, '{}', :token)"
readonly fail_for_good="SELECT state FROM tasker_fail_step(:step, '\"no\"', false, claim_token => :token)"
join=
for ((step = 1; step < steps; step++)); do join+=",{$step,$steps}"; done

storm all_complete auto complete '{}' "$complete"
storm some_fail auto error '{}' "$complete" "$fail_for_good" "$complete"
storm some_are_cancelled auto complete '{}' "$complete" "SELECT tasker_cancel_step(:step)"
storm finalized_by_hand manual complete '{}' "$complete"
storm a_join_is_left auto '' "{${join#,}}" "$complete"
