# What calls cost by the number of finished tasks that are kept. To be sourced by curves.sh.
#
# KEPT="10000 1000000" are the numbers, of tasks of two steps. KEPT="1000 100000" takes a tenth of the time.

# cost_of_call_among_kept SETUP CALL: what a call costs in milliseconds, the best of twenty in each of three sessions. SETUP runs before each
# call, and does not count; it leaves what the call needs in the variables step and token.
cost_of_call_among_kept() {
    local session
    for session in 1 2 3; do
        psql --no-psqlrc -At --set ON_ERROR_STOP=1 <<SQL | tail -n 1
SET search_path = $life_schema, public;
SET client_min_messages = warning;
DO \$\$
DECLARE
    began timestamptz;
    took interval := '1 day';
    step bigint;
    token uuid;
BEGIN
    FOR round IN 1..20 LOOP
        $1
        began := clock_timestamp();
        $2
        took := least(took, clock_timestamp() - began);
    END LOOP;
    PERFORM set_config('bench.took', (extract(epoch FROM took) * 1e3)::text, false);
END
\$\$;
SELECT round(current_setting('bench.took')::numeric, 3);
SQL
        sleep 0.2
    done | sort -g | head -n 1
}

curve_kept() {
    local wanted counts costs=() first=() at
    read -r -a counts <<<"${KEPT:-10000 1000000}"
    [ -z "$SHORT" ] || counts=(200 1000)
    echo "Calls by the number of finished tasks of two steps; 2,000 more tasks of ten steps wait in each row: ms, the best of sixty; the target is 1.1 times the first row"
    printf ' %9s %9s %9s %9s %9s %9s %9s %12s\n' kept claim complete health "by state" retryable ready "steps/s of 8"
    SEARCH_PATH=$life_schema,public DONE=$LIFE_DONE
    life_scripts
    for wanted in "${counts[@]}"; do
        # New tables for each row: what waits is newer than all that is kept.
        life_tables
        kept_tasks 0 "$wanted"
        life_tasks "${SHORT:+400}${SHORT:-2000}" chain 10
        costs=(
            "$(cost_of_call_among_kept '' "PERFORM count(*) FROM tasker_claim_steps('bench', 1);")"
            "$(cost_of_call_among_kept "SELECT workflow_step_id, claim_token INTO step, token FROM tasker_claim_steps('bench', 1);" \
                "PERFORM tasker_complete_step(step, '{}', token);")"
            "$(cost_of_call_among_kept '' "PERFORM count(*) FROM tasker_system_health();")"
            "$(cost_of_call_among_kept '' "PERFORM count(*) FROM tasker_find_tasks(states => '{in_progress}', max_rows => 10);")"
            "$(cost_of_call_among_kept '' "PERFORM count(*) FROM tasker_find_steps('retryable', max_rows => 10);")"
            "$(cost_of_call_among_kept '' "PERFORM count(*) FROM tasker_find_steps('ready', max_rows => 10);")"
        )
        measure_steps 8 "${SHORT:+80}${SHORT:-4000}" "$WORK/by_one.sql" --define step=0 --define token=-
        printf ' %9s %9s %9s %9s %9s %9s %9s %12s\n' "$wanted" "${costs[@]}" "$STEPS_RATE"
        [ "${#first[@]}" -gt 0 ] || first=("${costs[@]}")
    done
    printf ' %9s' "times"
    for at in "${!costs[@]}"; do
        awk -v now="${costs[at]}" -v then="${first[at]}" 'BEGIN { printf " %9.2f", (then > 0 ? now / then : 0) }'
    done
    echo
}

# kept_tasks FROM TO [STEPS]: finished tasks of two steps, or of a chain of so many, with these numbers, written below the triggers.
kept_tasks() {
    local steps=${3:-2}
    quiet_psql --output /dev/null <<SQL
SET search_path = $life_schema, public;
SET client_min_messages = warning;
SELECT FROM tasker_register_task((
    SELECT jsonb_build_object('name', 'kept', 'namespace_name', 'kept', 'version', '$steps.0.0', 'step_templates', jsonb_agg(
        jsonb_build_object('name', 'kept ' || number)
        || CASE WHEN number > 1 THEN jsonb_build_object('depends_on_step', 'kept ' || number - 1) ELSE '{}' END ORDER BY number))
    FROM generate_series(1, $steps) AS number));
\\set side baseline
\\ir $PWD/switch_triggers.sql
-- The condition names the outer row, so that each task has ids of its own.
CREATE TEMP TABLE kept AS
SELECT nextval('tasker_tasks_task_id_seq') AS task,
    ARRAY(SELECT nextval('tasker_workflow_steps_workflow_step_id_seq') FROM generate_series(1, $steps) WHERE number > 0) AS steps,
    timestamp '2026-01-01' + number * interval '1 second' AS at, number
FROM generate_series($1 + 1, $2) AS number;
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, context, complete, created_at, updated_at)
SELECT task, (SELECT named_task_id FROM tasker_named_tasks WHERE name = 'kept' AND version = '$steps.0.0'), at, 'kept ' || number, '{}', true, at, at
FROM kept;
INSERT INTO tasker_workflow_steps
    (workflow_step_id, task_id, named_step_id, attempts, last_attempted_at, processed, processed_at, results, created_at, updated_at)
SELECT step, task, (SELECT min(named_step_id) FROM tasker_named_steps WHERE name = 'kept ' || place), 1, at, true, at, '{}', at, at
FROM kept, unnest(steps) WITH ORDINALITY AS step (step, place);
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT steps[place - 1], steps[place], 'provides', at, at FROM kept, generate_series(2, $steps) AS place;
INSERT INTO tasker_task_transitions (task_id, from_state, to_state, sort_key, most_recent, created_at, updated_at)
SELECT task, 'pending', 'in_progress', 10, false, at, at FROM kept
UNION ALL SELECT task, 'in_progress', 'complete', 20, true, at, at FROM kept;
INSERT INTO tasker_workflow_step_transitions (workflow_step_id, from_state, to_state, sort_key, most_recent, created_at, updated_at)
SELECT step, from_state, to_state, sort_key, most_recent, at, at
FROM kept, unnest(steps) AS step,
    (VALUES ('pending', 'in_progress', 10, false), ('in_progress', 'complete', 20, true)) AS way (from_state, to_state, sort_key, most_recent);
\\set side tasker
\\ir $PWD/switch_triggers.sql
SELECT FROM tasker_rebuild('$life_schema');
VACUUM ANALYZE;
SQL
}
