# Workers that wait for work: how soon a step is claimed after its creation, and what waiting costs. To be sourced by curves.sh.

# The CPU time of all backends so far, in nanoseconds.
backends_ran() {
    local postmaster process
    read -r postmaster <"$CLUSTER_DIR/data/postmaster.pid"
    for process in $(pgrep -P "$postmaster" -f "^postgres: .*$PGDATABASE"); do
        cut -d ' ' -f 1 "/proc/$process/schedstat" 2>/dev/null || true
    done | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

curve_wakeups() {
    local tasks=1000 rates=(10 50 100) seconds=10 wait='10 s' rate waiting before percentiles script
    [ -z "$SHORT" ] || tasks=50 rates=(50) seconds=1 wait='1 s'
    SEARCH_PATH=$life_schema,public DONE=$LIFE_DONE
    life_scripts
    life_tables
    quiet_psql --output /dev/null <<SQL
CREATE TABLE $life_schema.bench_made (task bigint, at timestamptz);
CREATE TABLE $life_schema.bench_claimed (task bigint, at timestamptz);
SQL
    cat >"$WORK/make.sql" <<'SQL'
BEGIN;
SELECT tasker_testkit_random_task(1, 0, 'chain') AS task \gset
INSERT INTO bench_made VALUES (:task, clock_timestamp());
END;
SQL
    for script in anything nowhere; do
        cat >"$WORK/$script.sql" <<SQL
WITH claimed AS MATERIALIZED (
    SELECT task_id, workflow_step_id, claim_token
    FROM tasker_claim_steps('worker', $([ $script = anything ] || echo "namespaces => '{nowhere}', ")wait => '$wait')
), noted AS (
    INSERT INTO bench_claimed SELECT task_id, clock_timestamp() FROM claimed
)
SELECT coalesce(max(workflow_step_id), 0) AS step, coalesce(max(claim_token::text), '-') AS token FROM claimed \\gset
\\if :step
SELECT tasker_complete_step(:step, '{}', :token::uuid);
\\endif
SQL
    done
    local waiter=(pgbench --no-vacuum --protocol prepared --jobs 1)
    export PGOPTIONS="-c search_path=$SEARCH_PATH -c tasker_core.testkit=on"
    echo "Four idle workers that wait, $tasks tasks of one step created at random times: from the creation to the claim"
    printf ' %10s %10s %12s %12s %12s\n' tasks/s claimed "median ms" "99 % ms" "longest ms"
    for rate in "${rates[@]}"; do
        quiet_psql --command 'TRUNCATE bench_made, bench_claimed' --output /dev/null
        "${waiter[@]}" --client 4 --file "$WORK/anything.sql" --time $((tasks / rate * 12 / 10 + 5)) >/dev/null 2>&1 &
        waiting=$!
        sleep 1
        pgbench --no-vacuum --client 1 --rate "$rate" --transactions "$tasks" --file "$WORK/make.sql" >/dev/null 2>&1
        wait $waiting
        percentiles=$(quiet_psql --field-separator ' ' <<'SQL'
SELECT count(claimed.at), round((percentile_cont(0.5) WITHIN GROUP (ORDER BY took) * 1000)::numeric, 2),
    round((percentile_cont(0.99) WITHIN GROUP (ORDER BY took) * 1000)::numeric, 2), round((max(took) * 1000)::numeric, 2)
FROM bench_made AS made LEFT JOIN bench_claimed AS claimed USING (task),
    LATERAL (SELECT extract(epoch FROM claimed.at - made.at)::float8) AS measured (took)
SQL
        )
        # shellcheck disable=SC2086
        printf ' %10s %10s %12s %12s %12s\n' "$rate" $percentiles
    done
    echo "100 workers that wait in vain: CPU time of the server, in percent of one CPU"
    for script in anything nowhere; do
        "${waiter[@]}" --client 100 --file "$WORK/$script.sql" --time $((seconds + 3)) >/dev/null 2>&1 &
        waiting=$!
        sleep 2
        before=$(backends_ran)
        sleep $seconds
        awk -v script=$script -v spent=$(($(backends_ran) - before)) -v seconds=$seconds \
            'BEGIN { printf " %20s %6.1f %%\n", script == "anything" ? "for anything" : "for other names", spent / seconds / 1e7 }'
        wait $waiting
    done
    unset PGOPTIONS
}
