#!/usr/bin/env bash
# Renders the pictures of tasks with Graphviz and a headless browser: the results stand in tests/results/pictures.
# Each line "ok …" is a picture that both have understood.
set -euo pipefail
cd "$(dirname "$0")"
../.ci/setup pictures
source lib/cluster.sh

out=$PWD/results/pictures
rm -rf "$out"
mkdir -p "$out"
cluster_start "max_stack_depth = 2MB"
export PGOPTIONS='-c tasker_core.fake_now=2026-01-01T12:30:00+00'
run() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }
run --command 'CREATE EXTENSION tasker_core' --output /dev/null
run --command 'SELECT FROM tasker_install()' --output /dev/null
run --file pg_regress/helpers.sql --output /dev/null
run --file pictures.sql --output /dev/null

profile=$(mktemp -d)
trap 'rm -rf "$profile"; cluster_stop' EXIT
browse() {
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --user-data-dir="$profile" "$@" 2>"$out/browser.log"
}

# In the browser a document that is not well-formed becomes a page that says so; a blank picture is a small file.
show() {
    local name=$1
    if browse --dump-dom "file://$out/$name.svg" | grep -qi parsererror; then
        echo "not ok: the browser does not understand $name.svg" >&2
        exit 1
    fi
    browse --screenshot="$out/$name.png" --window-size=1400,1000 "file://$out/$name.svg"
    if [ "$(stat --format=%s "$out/$name.png")" -lt 8000 ]; then
        echo "not ok: $name.svg looks empty" >&2
        exit 1
    fi
    echo "ok $name.svg"
}

tasks=$(run --command 'SELECT task_id FROM tasker_tasks ORDER BY task_id')
for task in $tasks; do
    run --command "SELECT tasker_task_svg($task)" >"$out/task_$task.svg"
    run --command "SELECT tasker_task_timeline_svg($task)" >"$out/timeline_$task.svg"
    run --command "SELECT tasker_task_dot($task)" >"$out/graphviz_$task.dot"
    dot -Tsvg "$out/graphviz_$task.dot" >"$out/graphviz_$task.svg"
    show "task_$task"
    show "timeline_$task"
    show "graphviz_$task"
done
