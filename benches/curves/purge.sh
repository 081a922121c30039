# What a purge costs eight workers that run beside it. To be sourced by curves.sh.
#
# PURGED="400000" steps are there to be purged, in tasks of STEPS_OF_PURGED="10" steps. PURGE_RATE="5000" steps a second is the rate that the second purge keeps to;
# the first goes as fast as it can.

# purge_beside RATE: purges the kept tasks, at most so many steps a second (0: without a limit), until it is ended.
purge_beside() {
    psql -Xq --output /dev/null 2>/dev/null <<SQL || true
SET application_name = purge;
SET search_path = $life_schema, public;
DO \$\$
DECLARE
    began timestamptz := clock_timestamp();
    steps bigint := 0;
    purged bigint;
BEGIN
    LOOP
        SELECT coalesce(sum(purge.steps), 0) INTO purged
        FROM tasker_purge('1 day', task_name => 'kept', dry_run => false, max_rows => 100) AS purge WHERE done;
        COMMIT;
        EXIT WHEN purged = 0;
        steps := steps + purged;
        IF $1 > 0 THEN
            PERFORM pg_sleep(extract(epoch FROM began - clock_timestamp()) + steps / $1.0);
        END IF;
    END LOOP;
END
\$\$;
SQL
}

# kept_steps: the number of steps that are still there to be purged.
kept_steps() {
    quiet_psql --command "SELECT count(*) FROM $life_schema.tasker_core_steps AS step JOIN $life_schema.tasker_core_tasks AS task USING (task_id)
        JOIN $life_schema.tasker_named_tasks AS named USING (named_task_id) WHERE named.name = 'kept'"
}

# purge_row NAME [RATE]: eight workers, with a purge beside them.
purge_row() {
    local before began purged=0 purger=
    if [ $# -gt 1 ]; then
        before=$(kept_steps) began=$EPOCHREALTIME
        purge_beside "$2" &
        purger=$!
    fi
    measure_steps 8 "${SHORT:+80}${SHORT:-4000}" "$WORK/by_one.sql" --define step=0 --define token=-
    if [ -n "$purger" ]; then
        quiet_psql --output /dev/null -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'purge'"
        wait $purger
        # It goes on for a moment when the workers have ended.
        purged=$(awk -v steps=$((before - $(kept_steps))) -v began="$began" -v ended="$EPOCHREALTIME" \
            'BEGIN { printf "%d", steps / (ended - began) }')
    fi
    printf ' %-28s %8d steps/s %8d purged steps/s\n' "$1" "$STEPS_RATE" "$purged"
}

curve_purge() {
    local round kept=0 rate=${PURGE_RATE:-5000} purged=${PURGED:-400000} steps=${STEPS_OF_PURGED:-10}
    [ -z "$SHORT" ] || purged=800
    purged=$((purged / steps))
    echo "Eight workers beside a purge of $purged finished tasks of $steps steps"
    SEARCH_PATH=$life_schema,public
    # Only what the workers do: the purge deletes steps that are done.
    DONE="SELECT count(*) FROM tasker_workflow_steps JOIN tasker_tasks USING (task_id) WHERE processed AND identity_hash NOT LIKE 'kept %'"
    life_scripts
    life_tables
    for round in $(seq "$([ -n "$SHORT" ] && echo 1 || echo 3)"); do
        kept_tasks "$kept" "$((kept + purged))" "$steps"
        kept=$((kept + purged))
        life_tasks "${SHORT:+40}${SHORT:-1500}" chain 10
        echo "Round $round:"
        purge_row alone
        purge_row "beside a purge" 0
        purge_row "beside $rate steps/s" "$rate"
    done
}
