# What each way to learn of events costs the life of a step. To be sourced by curves.sh.

# sink NAME [CALL [COMMAND]]: the life of steps with eight workers, in a new installation, after a call there, and with a command
# in the background.
sink() {
    local other=
    life_tables
    life_warm_up
    [ -z "${2:-}" ] || quiet_psql --output /dev/null -c "SET search_path = $life_schema, public" -c "$2"
    if [ $# -eq 3 ]; then
        "$3" &
        other=$!
    fi
    printf ' %-28s' "$1:"
    life_row - 8 chain go_on
    if [ -n "$other" ]; then
        quiet_psql --output /dev/null -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sink'"
        wait $other
    fi
}

# read_stream: a consumer that reads and acknowledges everything, until it is ended.
read_stream() {
    psql -Xq --output /dev/null 2>/dev/null <<SQL || true
SET application_name = sink;
SET search_path = $life_schema, public;
DO \$\$
DECLARE
    last text;
BEGIN
    LOOP
        SELECT (array_agg(position ORDER BY place DESC))[1] INTO last
        FROM (SELECT position, row_number() OVER () AS place FROM tasker_read_events('bench', 1000, '1 s')) AS read;
        PERFORM tasker_ack_events('bench', last) WHERE last IS NOT NULL;
        COMMIT;
    END LOOP;
END
\$\$;
SQL
}

# listen: a session that listens until it is ended.
listen() {
    psql -Xq --output /dev/null -c 'SET application_name = sink' -c 'LISTEN tasker_work' -c 'LISTEN tasker_events' \
        -c 'SELECT pg_sleep(3600)' 2>/dev/null || true
}

# in_database CHANGE: changes what new sessions start with, such as "SET tasker_core.notify = events".
in_database() {
    quiet_psql --output /dev/null <<SQL
SELECT format('ALTER DATABASE %I $1', current_database()) \\gexec
SQL
}

curve_sinks() {
    local round
    life_scripts
    SEARCH_PATH=$life_schema,public DONE=$LIFE_DONE
    for round in $(seq "$([ -n "$SHORT" ] && echo 1 || echo 3)"); do
        echo "What it costs a step that other programs learn of events, round $round:"
        sink off
        sink 'stream, recorded' "SELECT tasker_subscribe('bench')"
        sink 'stream, recorded and read' "SELECT tasker_subscribe('bench')" read_stream
        in_database 'SET tasker_core.notify = events'
        sink 'NOTIFY, no listener'
        sink 'NOTIFY, one listener' '' listen
        in_database 'RESET tasker_core.notify'
        in_database 'SET tasker_core.logical_messages = on'
        sink 'logical messages'
        in_database 'RESET tasker_core.logical_messages'
    done
}
