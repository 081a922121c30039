#!/usr/bin/env bash
# A step's life while every look at the catalog empties the caches, on a server with assertions (`make test-cassert`):
# code that keeps a pointer into a cache across such a look crashes. One line "ok NAME" for each that holds.
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh

cluster_start
sql() { psql -XqtA -v ON_ERROR_STOP=1 "$@"; }
if [ "$(sql -c "SELECT count(*) FROM pg_settings WHERE name = 'debug_discard_caches' AND max_val::integer > 0")" -eq 0 ]; then
    echo "skipped discard_caches: this server has no debug_discard_caches (it needs one that is built with assertions)"
    exit 0
fi
sql >/dev/null <<'SQL'
CREATE EXTENSION tasker_core;
SELECT FROM tasker_install();
SELECT tasker_register_task('{"name": "order", "step_templates": [{"name": "pay"}, {"name": "ship", "depends_on_step": "pay"}]}');
SELECT FROM tasker_create_task('order', '{"number": 1}');
SELECT FROM tasker_create_task('order', '{"number": 2}');
SQL
sql >/dev/null <<'SQL'
SET debug_discard_caches = 1;
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker') \gset
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_complete_and_claim(:step, '{"ok": true}', :'token', 'worker') \gset
SELECT FROM tasker_fail_step(:step, '"no answer"', claim_token => :'token');
SELECT FROM tasker_maintain();
SELECT FROM tasker_task_context(1);
SQL
echo 'ok a step lives while the caches are discarded'
[ "$(sql -c 'SELECT count(*) FROM tasker_doctor()')" -eq 0 ]
echo 'ok the doctor finds nothing afterwards'
