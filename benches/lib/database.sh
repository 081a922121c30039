# Fills the private cluster: the Rails tables with their data, the extension, and the baseline beside it.
# To be sourced by run.sh.

quiet_psql() {
    psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"
}

# BASELINE is the db folder of a checkout of the engine: its own tables with all their indexes, and its own
# functions. They call each other without a schema, and are found behind the installation in the search_path.
load_original_baseline() {
    local functions=("$BASELINE"/functions/get_step_readiness_status*_v02.sql)
    if [ ! -r "$BASELINE/init/schema.sql" ] || [ ! -r "${functions[0]}" ]; then
        echo "BASELINE=$BASELINE holds no init/schema.sql and functions/get_step_readiness_status…_v02.sql" >&2
        return 1
    fi
    quiet_psql --file "$BASELINE/init/schema.sql"
    local file
    for file in "${functions[@]}"; do
        quiet_psql --file "$file"
    done
    quiet_psql <<'SQL'
CREATE SCHEMA baseline;
SELECT pg_catalog.format('ALTER FUNCTION %s SET SCHEMA baseline', p.oid::pg_catalog.regprocedure)
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace = 'public'::pg_catalog.regnamespace
\gexec
SELECT pg_catalog.format('ALTER DATABASE %I SET search_path = public, baseline', pg_catalog.current_database())
\gexec
CREATE EXTENSION tasker_core;
SQL
    # The engine's own fail at every call (R14).
    quiet_psql --file ../tests/oracle/schema.sql --file ../tests/oracle/slowest.sql
}

# Without it: the tables that the extension itself creates, and the functions of tests/oracle.
load_oracle_baseline() {
    quiet_psql --output /dev/null <<'SQL'
CREATE EXTENSION tasker_core;
SELECT tasker_install();
SELECT tasker_uninstall();
SQL
    quiet_psql --file ../tests/oracle/load.sql
}

load_database() {
    local baseline_loader=load_oracle_baseline
    BASELINE_SCHEMA=oracle
    BASELINE_NAME="the reference of tests/oracle"
    if [ -n "${BASELINE:-}" ]; then
        baseline_loader=load_original_baseline
        BASELINE_SCHEMA=baseline
        BASELINE_NAME="the engine's own functions and indexes"
    fi
    $baseline_loader
    quiet_psql --output /dev/null --set tasks="$TASKS" --set wide_1="$WIDE_1" --set wide_2="$WIDE_2" \
        --file dataset.sql --file edge_check.sql
    quiet_psql --output /dev/null --command "SELECT tasker_install()"
    quiet_psql --command "VACUUM (ANALYZE)"
}

# Figures about functions that disagree would be about nothing.
require_agreement() {
    local disagreements
    disagreements=$(quiet_psql --set tasks="$TASKS" --set baseline="$BASELINE_SCHEMA" --file agree.sql)
    if [ -n "$disagreements" ]; then
        echo "the baseline and the extension disagree (comparison, rows of both, hashes of both):" >&2
        echo "$disagreements" >&2
        return 1
    fi
}
