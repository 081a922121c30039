# Whether plans stay good: after the sixth call of a session, when PostgreSQL may change to a generic plan, and when the
# statistics are those of empty tables. To be sourced by curves.sh.

# calls_cost CALL: of a new session, microseconds of each of calls 1 to 12, and then of 1,000 more on average. The CALL
# is of task number :n.
calls_cost() {
    quiet_psql <<SQL
SET search_path = $plans_schema, public;
CREATE FUNCTION pg_temp.took(n bigint) RETURNS float8 LANGUAGE plpgsql AS \$\$
DECLARE
    began timestamptz := clock_timestamp();
BEGIN
    PERFORM count(*) FROM $1;
    RETURN extract(epoch FROM clock_timestamp() - began) * 1e6;
END
\$\$;
SELECT string_agg(lpad(round(took)::text, 6), '' ORDER BY n) FROM (SELECT n, pg_temp.took(n) FROM generate_series(1, 12) AS n) AS first;
SELECT lpad(round(avg(pg_temp.took(n)))::text, 8) FROM generate_series(1, 1000) AS n;
SQL
}

plans_rows() {
    local call cost
    for call in "tasker_ready_steps(n)" "tasker_step_readiness(n)" "tasker_task_context(n)" "tasker_dependency_levels(n)" \
        "tasker_explain_step((SELECT workflow_step_id FROM tasker_workflow_steps WHERE task_id = n LIMIT 1))"; do
        cost=$(calls_cost "$call")
        printf ' %-36s%s\n' "${call%%(*}, $1" "${cost//$'\n'/}"
    done
}

curve_plans() {
    local plans_schema=plans tasks=20000
    [ -z "$SHORT" ] || tasks=2000
    echo "Calls 1 to 12 of a new session, and the average of 1,000 more: microseconds. $tasks tasks of 10 steps; statistics of"
    echo "empty tables (stale), and of now (analyzed)"
    # Statistics of empty tables, and then the tables are filled.
    quiet_psql --output /dev/null <<SQL
CREATE SCHEMA $plans_schema;
SET search_path = $plans_schema, public;
SELECT tasker_install('$plans_schema');
VACUUM ANALYZE;
SET tasker_core.testkit = on;
SELECT tasker_testkit_random_task(10, n, 'layers') FROM generate_series(1, $tasks) AS n;
SQL
    plans_rows stale
    quiet_psql --command "VACUUM ANALYZE"
    plans_rows analyzed
}
