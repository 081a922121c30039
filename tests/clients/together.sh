#!/usr/bin/env bash
# Workers in Ruby, Python and Node on one workflow, each killed in the middle; and handlers that never return, whose steps workers
# in another language execute. tests/clients.sh runs it: a server of its own, with an installation in the schema "tasker" of PGDATABASE,
# which the role "app" owns, CLUSTER_DIR with its log, BOUNCER_PORT if there is PgBouncer, and the runtimes. Arguments: the interpreter of
# Python, that of Ruby, and the folder where the Node client is compiled. One line "ok NAME" for each check that holds; the first that
# does not ends the run.
#
#   TESTS="orders never_returns"   only these
set -euo pipefail
cd "$(dirname "$0")"
source ../lib/checks.sh
python=$1 ruby=$2 node_place=$3
clients=$(realpath ../../clients)
here=$PWD
cp together.mjs "$node_place/"

logs=$(mktemp -d)
declare -A pids
finish() {
    local status=$?
    [ $status -eq 0 ] || tail -n 20 "$logs"/* /dev/null >&2
    if [ ${#pids[@]} -gt 0 ]; then
        kill -KILL "${pids[@]}" || true
        wait
    fi 2>/dev/null
    rm -rf "$logs"
}
trap finish EXIT
trap 'exit 130' INT TERM

query() { # query STATEMENT: as the application, with the installation in the search path
    PGOPTIONS='-c search_path=tasker,public' sql -U app -c "$1"
}
eventually() { # eventually NAME EXPECTED STATEMENT
    PGOPTIONS='-c search_path=tasker,public' becomes "together $1" "$2" "$PGDATABASE" -U app -c "$3"
}

# begin WORKER COMMAND…: a worker of this name, in a process of its own.
begin() {
    local worker=$1
    shift
    WORKER=$worker PYTHONPATH=$clients/python/src:$here PYTHONDONTWRITEBYTECODE=1 RUBYLIB=$clients/ruby/lib \
        "$@" >>"$logs/$worker" 2>&1 &
    pids[$worker]=$!
}
# work LANGUAGE WORKER OPTION…: the worker of the client's command line.
work() {
    local language=$1 worker=$2
    shift 2
    local options=(--schema tasker --name "$worker" "$@")
    case $language in
        python) begin "$worker" "$python" -m tasker_core work together:handlers --database user=app "${options[@]}" ;;
        ruby) begin "$worker" "$ruby" "$clients/ruby/exe/tasker_core" work together.rb --database user=app "${options[@]}" ;;
        node) PGUSER=app begin "$worker" node "$node_place/build/src/cli.js" work "$node_place/together.mjs" "${options[@]}" ;;
    esac
}
end() { # end SIGNAL WORKER: returns the status of the process
    local pid=${pids[$2]} status=0
    kill -"$1" "$pid"
    wait "$pid" 2>/dev/null || status=$?
    unset "pids[$2]"
    return $status
}

is_chosen() { # is_chosen TEST: does TESTS name it?
    local name
    for name in ${TESTS:-"$1"}; do
        [[ $1 != *$name* ]] || return 0
    done
    return 1
}
if ! is_chosen orders && ! is_chosen never_returns; then exit; fi

sql -c 'CREATE SCHEMA together AUTHORIZATION app'
PGOPTIONS='-c search_path=tasker,public' sql -U app -f together.sql

# Each worker keeps one handler before its effect and one after it, among others that it has finished. It is killed then, while the others
# work on. Another worker of its language follows, behind PgBouncer if there is one, and finishes all.
orders() {
    local language kept status
    export KEEP_AFTER=6
    work ruby 'ruby 1' --namespace together --concurrency 2 --lease 5
    work python 'python 1' --namespace together --concurrency 2 --lease 5 --batch-size 3
    work node 'node 1' --namespace together --concurrency 2 --lease 5
    unset KEEP_AFTER
    for language in ruby python node; do
        kept="FROM together.kept WHERE worker = '$language 1'"
        eventually "two handlers of $language do not return" 2 "SELECT count(*) $kept"
        # The task says who holds them.
        must_equal "together $language holds its steps" \
            "$(query "SELECT DISTINCT (SELECT waits ->> 'detail' LIKE 'worker \"$language 1\" runs step %'
                FROM jsonb_array_elements(tasker_explain_task(task_id) -> 'waits') AS waits
                WHERE (waits -> 'workflow_step_id')::bigint = step.workflow_step_id)
                FROM tasker_workflow_steps AS step WHERE workflow_step_id IN (SELECT workflow_step_id $kept)")" t
        status=0
        end KILL "$language 1" || status=$?
        must_equal "together $language was killed" $status 137
        PGPORT=${BOUNCER_PORT:-$PGPORT} work $language "$language 2" --namespace together --concurrency 2 --lease 60
    done
    eventually 'all tasks are complete' 30 "SELECT count(*) FROM tasker_find_tasks(namespace => 'together', states => '{complete}')"
    for language in ruby python node; do
        status=0
        end TERM "$language 2" || status=$?
        must_equal "together $language has shut down" $status 0
    done

    equal together.orders_are_complete \
        "$(query "SELECT count(*), count(*) FILTER (WHERE current_state = 'complete'), count(DISTINCT task_id)
            FROM tasker_find_steps(namespace => 'together', max_rows => NULL)")" '180|180|30'
    equal together.each_language_handled_its_steps \
        "$(query "SELECT string_agg(handled, ', ' ORDER BY handled) FROM (
            SELECT DISTINCT step_name || ' ' || split_part(worker, ' ', 1)
            FROM together.executions WHERE ended_as = 'complete' AND ended_by = worker) AS steps (handled)")" \
        'charge node, notify node, pack ruby, reserve python, ship python, validate ruby'

    # What a handler wrote carries the token of one execution, whose worker it names.
    equal together.effects_belong_to_executions \
        "$(query "SELECT count(*) FROM together.effects LEFT JOIN together.executions USING (workflow_step_id, attempt, claim_token, worker)
            WHERE began IS NULL")" 0
    # An execution begins when the one before has lost its lease: two leases of a step are never valid at once.
    equal together.leases_do_not_overlap \
        "$(query "SELECT count(*) FROM together.executions AS one JOIN together.executions AS other USING (workflow_step_id)
            WHERE one.attempt < other.attempt AND NOT (one.ended <= other.began AND one.claim_token <> other.claim_token)")" 0
    equal together.one_effect_under_the_lease_that_completed_the_step \
        "$(query "SELECT count(*), min(effects), max(effects) FROM (
            SELECT workflow_step_id, count(written_at) AS effects
            FROM together.executions AS execution LEFT JOIN together.effects USING (workflow_step_id, claim_token)
            WHERE ended_as = 'complete' AND (written_at IS NULL OR written_at BETWEEN began AND ended)
            GROUP BY workflow_step_id) AS step")" '180|1|1'
    # The other effects: of executions that were killed after them, before their leases expired, and beside no other lease.
    equal together.other_effects_are_of_killed_executions \
        "$(query "SELECT count(*) FROM together.effects JOIN together.executions AS execution USING (workflow_step_id, claim_token)
            WHERE ended_as <> 'complete' AND NOT (ended_as = 'error' AND cause = 'lease_expired'
                AND execution.worker LIKE '% 1' AND written_at BETWEEN began AND ended)")" 0
    equal together.killed_before_and_after_the_effect \
        "$(query "SELECT string_agg(format('%s %s', kept.worker, effects), ', ' ORDER BY kept.worker, after_effect) FROM (
            SELECT kept.*, (SELECT count(*) FROM together.effects WHERE effects.claim_token = kept.claim_token) AS effects
            FROM together.kept) AS kept WHERE worker ~ '^(ruby|python|node) 1$'")" \
        'node 1 0, node 1 1, python 1 0, python 1 1, ruby 1 0, ruby 1 1'

    # The log of each step whose execution was killed: the first worker, the end of its lease, the second worker.
    equal together.the_log_tells_the_story \
        "$(query "SELECT DISTINCT together.story(workflow_step_id) FROM together.kept
            WHERE worker ~ '^(ruby|python|node) 1$' ORDER BY 1")" \
        "$(for language in node python ruby; do
            echo "in_progress 1 claim $language 1, error 1 lease_expired $language 1," \
                "in_progress 2 claim $language 2, complete 2 complete_step $language 2"
        done)"
    equal together.explain_says_complete \
        "$(query "SELECT DISTINCT explained ->> 'current_state', explained -> 'total_waits'
            FROM tasker_find_tasks(namespace => 'together', max_rows => NULL),
                LATERAL tasker_explain_task(task_id) AS explained")" 'complete|0'

    # The same document everywhere: what a step got from each parent, and what it passed on.
    equal together.results_pass_between_languages \
        "$(query "SELECT count(*) FILTER (WHERE step.results -> 'document' = task.context -> 'document'),
                count(*) FILTER (WHERE step.results -> 'from' = (
                    SELECT coalesce(jsonb_object_agg(step_name, task.context -> 'document'), '{}')
                    FROM tasker_workflow_step_edges JOIN tasker_find_steps(task_id => task.task_id) AS parent
                        ON parent.workflow_step_id = from_step_id
                    WHERE to_step_id = step.workflow_step_id)),
                count(*) FILTER (WHERE step.results ->> 'by' = language)
            FROM tasker_tasks AS task JOIN tasker_workflow_steps AS step USING (task_id)
            JOIN together.executions USING (workflow_step_id) WHERE ended_as = 'complete'")" '180|180|180'
}

# A handler of each language never returns. Its execution is timed out, and a worker of another language has the step. After the time of
# grace (ten seconds), another handler has its place in the worker: the next task is its own.
never_returns() {
    declare -A other=([ruby]=python [python]=node [node]=ruby)
    local language namespace status
    for language in "${!other[@]}"; do
        query "SELECT FROM tasker_create_task('stuck', '{}', 'stuck $language')"
        HANGS=1 work "$language" "$language hangs" --namespace "stuck $language" --lease 60
    done
    for language in "${!other[@]}"; do
        eventually "a handler of $language hangs" 1 "SELECT count(*) FROM together.kept WHERE worker = '$language hangs'"
        work "${other[$language]}" "after $language" --namespace "stuck $language" --lease 60
    done
    for language in "${!other[@]}"; do
        namespace="stuck $language"
        eventually "${other[$language]} completes the step of $language" complete \
            "SELECT current_state FROM tasker_find_tasks(namespace => '$namespace')"
        must_equal "together ${other[$language]} has the step of $language" \
            "$(query "SELECT together.story(workflow_step_id) FROM together.kept WHERE worker = '$language hangs'")" \
            "in_progress 1 claim $language hangs, error 1 timeout $language hangs, $(
                )in_progress 2 claim after $language, complete 2 complete_step after $language"
        status=0
        end TERM "after $language" || status=$?
        must_equal "together ${other[$language]} has shut down" $status 0
        query "SELECT FROM tasker_create_task('stuck', '{}', '$namespace')"
    done
    for language in "${!other[@]}"; do
        namespace="stuck $language"
        eventually "$language goes on" 2 \
            "SELECT count(*) FROM tasker_find_tasks(namespace => '$namespace', states => '{complete}')"
        equal "together.a_handler_of_${language}_never_returns" \
            "$(query "SELECT string_agg(results ->> 'by', ' ' ORDER BY task_id)
                FROM tasker_find_tasks(namespace => '$namespace') JOIN tasker_workflow_steps USING (task_id)")" \
            "${other[$language]} $language"
    done
}

if is_chosen orders; then orders; fi
if is_chosen never_returns; then never_returns; fi
