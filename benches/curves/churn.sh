# Tasks come and go for a long time, under autovacuum: what a step costs, and how big the tables become. To be sourced by
# curves.sh.

# Sizes in kB and dead rows of the side tables that change with every step.
queues() {
    quiet_psql --field-separator ' ' <<SQL
SELECT (sum(pg_total_relation_size(relid)) / 1024)::bigint, sum(n_dead_tup)
FROM pg_stat_user_tables
WHERE schemaname = '$life_schema' AND relname IN ('tasker_core_hints', 'tasker_core_leases', 'tasker_core_timers', 'tasker_core_counts');
SELECT pg_total_relation_size('$life_schema.tasker_core_steps') / 1024, n_dead_tup
FROM pg_stat_user_tables WHERE relid = '$life_schema.tasker_core_steps'::regclass
SQL
}

curve_churn() {
    local minutes=$CHURN_MINUTES seconds=60 minute before queue side percentiles
    [ -z "$SHORT" ] || minutes=2 seconds=3
    echo "$minutes minutes of churn, four workers and one creator, autovacuum on"
    printf ' %6s %9s %12s %12s %16s %10s %16s %10s\n' minute steps/s "median ms" "99 % ms" "queues in kB" "dead" "side rows in kB" "dead"
    quiet_psql --command "ALTER SYSTEM SET autovacuum = on" --command "ALTER SYSTEM SET autovacuum_naptime = '5s'" \
        --command "SELECT pg_reload_conf()" --output /dev/null
    SEARCH_PATH=$life_schema,public DONE=$LIFE_DONE
    life_scripts
    life_tables
    life_tasks 400 chain
    # As many tasks come as are finished: whenever fewer than 500 steps wait, another ten.
    cat >"$WORK/create.sql" <<'SQL'
SELECT tasker_testkit_random_task(10, 0, 'chain') FROM generate_series(1, 10)
WHERE (SELECT count(*) FROM (SELECT FROM tasker_core_hints LIMIT 500) AS waiting) < 500;
SQL
    for ((minute = 1; minute <= minutes; minute++)); do
        before=$(steps_done)
        PGOPTIONS="-c search_path=$SEARCH_PATH -c tasker_core.testkit=on" pgbench --no-vacuum --client 1 --rate 50 --time $seconds \
            --file "$WORK/create.sql" >/dev/null 2>&1 &
        rm -f "$WORK"/latency.*
        PGOPTIONS="-c search_path=$SEARCH_PATH" pgbench --no-vacuum --protocol prepared --client 4 --jobs 1 --time $seconds \
            --log --log-prefix "$WORK/latency" --file "$WORK/by_one.sql" >/dev/null 2>&1
        wait $!
        percentiles=$(sort -n -k 3,3 "$WORK"/latency.* | awk '{ took[NR] = $3 } END { printf "%.2f %.2f", took[int(NR / 2) + 1] / 1000, took[int(NR * .99) + 1] / 1000 }')
        read -r -d '' -a queue <<<"$(queues)" || true
        printf ' %6d %9d %12s %12s %16s %10s %16s %10s\n' $minute $((($(steps_done) - before) / seconds)) $percentiles "${queue[@]}"
    done
    quiet_psql --command "ALTER SYSTEM RESET autovacuum" --command "SELECT pg_reload_conf()" --output /dev/null
}
