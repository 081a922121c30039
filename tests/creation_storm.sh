#!/usr/bin/env bash
# Eight sessions that ask for the same tasks at the same moment. One line "ok NAME" for each kind of identity.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
source lib/checks.sh

cluster_start "deadlock_timeout = 100ms"

readonly sessions=8 steps=6 edges=7
sql -c 'CREATE EXTENSION tasker_core' -c 'SELECT FROM tasker_install()' -f - >/dev/null <<'SQL'
SELECT FROM tasker_register_task('{"name": "order", "step_templates": [
    {"name": "read"}, {"name": "price", "depends_on_step": "read"}, {"name": "stock", "depends_on_step": "read"},
    {"name": "charge", "depends_on_steps": ["price", "stock"]}, {"name": "pack", "depends_on_steps": ["charge", "stock"]},
    {"name": "mail", "depends_on_step": "charge"}]}');
CREATE TABLE answers (storm text, key bigint, task_id bigint, created boolean);
SQL
script=$CLUSTER_DIR/script
mkdir -p results
log=$PWD/results/creation_storm.pgbench

# storm NAME KEYS CREATIONS CONTEXT OPTIONS [END]: each session goes through all keys, from 1 on, until that many tasks
# have been asked for. The context and the options may name :key. END is how a transaction ends: COMMIT unless given.
storm() {
    local name=$1 keys=$2 creations=$3 context=$4 options=$5 end=${6:-COMMIT;}
    cat >"$script" <<SQL
\\set number :number + 1
\\set key 1 + (:number - 1) % $keys
BEGIN;
INSERT INTO answers (storm, key, task_id, created)
SELECT '$name', :key, task_id, created FROM tasker_create_task('order', $context, options => $options);
$end
SQL
    pgbench --no-vacuum --client $sessions --jobs 2 --transactions $((creations / sessions)) --define number=0 \
        --file "$script" >"$log" 2>&1 || fail "$name" "$(cat "$log")"
    grep -q "number of transactions actually processed: $creations/$creations" "$log" || fail "$name" "$(cat "$log")"
    check "$name" "$keys"
    echo "ok $name"
}

check() {
    local name=$1 keys=$2 found
    found=$(sql -v storm="'$name'" -F' ' <<'SQL'
SELECT count(DISTINCT key), count(DISTINCT task_id), count(DISTINCT (key, task_id)), count(*) FILTER (WHERE created)
FROM answers WHERE storm = :storm;
SELECT count(*),
       sum((SELECT count(*) FROM tasker_workflow_steps AS step WHERE step.task_id = task.task_id)),
       sum((SELECT count(*) FROM tasker_workflow_steps AS step
            JOIN tasker_workflow_step_edges AS edge ON edge.to_step_id = step.workflow_step_id
            WHERE step.task_id = task.task_id))
FROM tasker_tasks AS task;
SQL
    )
    tasks=$((${tasks:-0} + keys))
    local expected="$keys $keys $keys $keys"$'\n'"$tasks $((tasks * steps)) $((tasks * edges))"
    [ "$found" = "$expected" ] || fail "$name" "found «$found» instead of «$expected»"
    found=$(sql -c "SELECT check_name, object, detail FROM tasker_doctor() WHERE severity = 'error'")
    [ -z "$found" ] || fail "$name" "$found"
}

storm key 1000 10000 "'{}'" "jsonb_build_object('identity_key', 'number ' || :key)"
storm hash 200 2000 "jsonb_build_object('number', :key)" \
    "jsonb_build_object('identity', 'hash', 'requested_at', '2026-01-01T12:00:00Z')"
# A session that waits for a transaction that rolls back creates the task. The last round of all keys is committed.
storm key_of_a_rollback 50 800 "'{}'" "jsonb_build_object('identity_key', 'again ' || :key)" \
    "\\if :number <= 50 AND :number % 3 = :client_id % 3
ROLLBACK;
\\else
COMMIT;
\\endif"
