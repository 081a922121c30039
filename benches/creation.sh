#!/usr/bin/env bash
# What making tasks costs; see README.md. To be sourced by run.sh, with a cluster running and the extension in its
# database.

creation_schema=creation

creation_psql() { PGOPTIONS="-c search_path=$creation_schema,public" quiet_psql "$@"; }

# creation_cost FILE: milliseconds a transaction and milliseconds of the server's CPU: the least of the rounds.
creation_cost() {
    local round before after
    for ((round = 0; round < BENCH_ROUNDS; round++)); do
        server_ticks >"$WORK/ticks"
        read -r before <"$WORK/ticks" || before=0
        PGOPTIONS="-c search_path=$creation_schema,public" pgbench --no-vacuum --protocol prepared --client 1 \
            --time "$BENCH_SECONDS" --file "$1" >"$WORK/creation.log" 2>&1 || {
            cat "$WORK/creation.log" >&2
            return 1
        }
        server_ticks >"$WORK/ticks"
        read -r after <"$WORK/ticks" || after=0
        awk -v cpu=$(((after - before) * CLOCK_TICK_MS)) '
            /^number of transactions actually processed/ { sub(/.*: /, ""); sub(/\/.*/, ""); calls = $0 }
            /^tps = / { elapsed = 1000 / $3 }
            END { printf "%.3f %.3f\n", elapsed, cpu / calls }' "$WORK/creation.log"
    done | awk 'NR == 1 || $1 < elapsed { elapsed = $1 }
        NR == 1 || $2 < cpu { cpu = $2 }
        END { print elapsed, cpu }'
}

# steps_a_second CALL [PREPARE]: how many steps a call makes in a second, and in a second of the server's CPU; best of
# three, each after PREPARE, which finds its number in :round, and after a checkpoint: what others have left in the buffers
# is not its to write.
steps_a_second() {
    local round
    for round in 1 2 3; do
        creation_psql <<SQL
SET tasker_core.testkit = on;
\\set round $round
${2:-}
CHECKPOINT;
SELECT count(*) AS before, txid_current() FROM tasker_workflow_steps \gset
SELECT split_part(pg_read_file(format('/proc/%s/stat', pg_backend_pid())), ' ', 14)::bigint
     + split_part(pg_read_file(format('/proc/%s/stat', pg_backend_pid())), ' ', 15)::bigint AS cpu,
       clock_timestamp() AS began \gset
SELECT count(*) AS rows FROM $1 \gset
SELECT round((SELECT count(*) FROM tasker_workflow_steps) - :before) AS made,
       extract(epoch FROM clock_timestamp() - :'began') AS seconds,
       (split_part(pg_read_file(format('/proc/%s/stat', pg_backend_pid())), ' ', 14)::bigint
      + split_part(pg_read_file(format('/proc/%s/stat', pg_backend_pid())), ' ', 15)::bigint - :cpu) AS ticks \gset
SELECT round(:made / :seconds::numeric), round(:made / (greatest(:ticks, 1) * $CLOCK_TICK_MS / 1000.0));
SQL
    done | sort -t '|' -k 2 -n | tail -n 1
}

# creation_rate NAME CALL TARGET [PREPARE]
creation_rate() {
    local found
    found=$(steps_a_second "$2" "${4:-}")
    printf ' %-44s %8s steps/s %8s a second of CPU   (target: %s)\n' "$1" "${found%|*}" "${found#*|}" "$3"
}

# bare_data_set: how many steps a second PostgreSQL itself copies of a data set, from table to table, with their indexes
# and without triggers or foreign keys: no INSERT makes them faster. Best of three.
bare_data_set() {
    local round
    PGOPTIONS="-c search_path=data_set_3,public" quiet_psql --output /dev/null <<'SQL'
SET client_min_messages = warning;
CREATE TABLE copied AS
SELECT original, 'copy_of_' || original AS copy
FROM unnest(ARRAY['tasker_tasks', 'tasker_workflow_steps', 'tasker_workflow_step_edges', 'tasker_core_tasks', 'tasker_core_steps',
    'tasker_core_hints']) AS original;
SELECT format('CREATE TABLE %I (LIKE %s INCLUDING ALL)', copy, original) FROM copied \gexec
SQL
    for round in 1 2 3; do
        PGOPTIONS="-c search_path=data_set_3,public" quiet_psql <<'SQL'
SELECT format('TRUNCATE %I', copy) FROM copied \gexec
CHECKPOINT;
SELECT clock_timestamp() AS began \gset
BEGIN;
SELECT format('INSERT INTO %I SELECT * FROM %s', copy, original) FROM copied \gexec
COMMIT;
SELECT round(count(*) / extract(epoch FROM clock_timestamp() - :'began')) FROM tasker_workflow_steps;
SQL
    done | sort -n | tail -n 1
}

# compare_creation WHAT BARE ONE TARGET: costs as creation_cost tells them.
compare_creation() {
    awk -v what="$1" -v bare="$2" -v one="$3" -v target="$4" 'BEGIN {
        split(bare, b, " "); split(one, o, " ")
        printf " a task of 10 steps: %.2f ms; its INSERTs %s: %.2f ms, %.2f times; CPU %.2f and %.2f ms, %.2f times   (target: %s)\n",
            o[1], what, b[1], o[1] / b[1], o[2], b[2], (b[2] > 0 ? o[2] / b[2] : 0), target }'
}

creation() {
    local one many=1000 empty_installation
    quiet_psql --output /dev/null <<SQL
SET client_min_messages = warning;
CREATE SCHEMA $creation_schema;
SET search_path = $creation_schema, public;
SELECT count(*) FROM tasker_install('$creation_schema');
SELECT count(*) FROM tasker_register_task(jsonb_build_object('name', 'ten', 'step_templates', (
    SELECT jsonb_agg(jsonb_build_object('name', 'step ' || number, 'depends_on_steps', CASE
        WHEN number = 1 THEN '[]' WHEN number < 10 THEN '["step 1"]'
        ELSE (SELECT jsonb_agg('step ' || parent) FROM generate_series(2, 9) AS parent) END))
    FROM generate_series(1, 10) AS number)));
SQL
    # The fewest statements that write the same rows: the engine needs one for each row.
    cat >"$WORK/bare.sql" <<'SQL'
BEGIN;
INSERT INTO tasker_tasks (named_task_id, complete, requested_at, initiator, source_system, reason, bypass_steps, tags,
    context, identity_hash, created_at, updated_at)
SELECT named_task_id, false, now(), 'bench', 'bench', 'bench', '[]', '[]', '{"cart_id": 7}', gen_random_uuid()::text, now(), now()
FROM tasker_named_tasks WHERE name = 'ten'
RETURNING task_id, named_task_id \gset
INSERT INTO tasker_workflow_steps (task_id, named_step_id, retryable, retry_limit, in_process, processed, attempts, inputs,
    results, skippable, created_at, updated_at)
SELECT :task_id, named_step_id, true, 3, false, false, 0, '{"cart_id": 7}', '{}', false, now(), now()
FROM tasker_named_tasks_named_steps WHERE named_task_id = :named_task_id
ORDER BY named_step_id;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT parent.workflow_step_id, child.workflow_step_id, 'provides', now(), now()
FROM (SELECT workflow_step_id, row_number() OVER (ORDER BY workflow_step_id) AS number
      FROM tasker_workflow_steps WHERE task_id = :task_id) AS parent,
     (SELECT workflow_step_id, row_number() OVER (ORDER BY workflow_step_id) AS number
      FROM tasker_workflow_steps WHERE task_id = :task_id) AS child
WHERE parent.number = 1 AND child.number BETWEEN 2 AND 9 OR parent.number BETWEEN 2 AND 9 AND child.number = 10;
COMMIT;
SQL
    echo "SELECT task_id FROM tasker_create_task('ten', '{\"cart_id\": 7}');" >"$WORK/create.sql"
    [ -z "${BENCH_SHORT:-}" ] || many=100
    # Not TRUNCATE: file systems search long for the place of a new file when many have just been deleted.
    empty_installation='\set schema data_set_ :round
CREATE SCHEMA :schema;
SET search_path = :schema, public;
SELECT count(*) AS actions FROM tasker_install(:'"'schema'"') \gset'
    echo
    echo "Making tasks, in one session:"
    creation_psql --command 'VACUUM ANALYZE'
    one=$(creation_cost "$WORK/create.sql")
    creation_psql --command 'VACUUM ANALYZE'
    compare_creation "with our triggers" "$(creation_cost "$WORK/bare.sql")" "$one" 2
    quiet_psql --set side=baseline --file switch_triggers.sql
    compare_creation "and nothing else" "$(creation_cost "$WORK/bare.sql")" "$one" -
    quiet_psql --set side=tasker --file switch_triggers.sql
    creation_rate "$many tasks of 10 steps in one call" "tasker_create_tasks((SELECT jsonb_agg(
        '{\"task_name\": \"ten\", \"context\": {\"cart_id\": 7}}'::jsonb) FROM generate_series(1, $many)))" '>= 10000'
    creation_rate "a data set of $((many * 20)) tasks, in empty tables" "tasker_testkit_dataset($((many * 20)))" '>= 100000' \
        "$empty_installation"
    printf ' %-44s %8s steps/s\n' "the same rows, copied by INSERT" "$(bare_data_set)"
}
