# A private PostgreSQL cluster for tests, benches and the demo. To be sourced by bash scripts.
#
#   cluster_start [SETTING=VALUE …]   makes and starts one; sets PGHOST, PGPORT, PGUSER, PGDATABASE
#   cluster_stop                      stops and removes it; runs by itself when the script ends
#
# PG_CONFIG chooses the PostgreSQL. Nothing outside a fresh directory below TMPDIR is touched.

PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
PG_BIN=$("$PG_CONFIG" --bindir)
PATH=$PG_BIN:$PATH
CLUSTER_DIR=

# PostgreSQL refuses to run as root; then the account "postgres", which its package makes, stands in.
as_server_user() {
    if [ "$(id -u)" -eq 0 ]; then
        # That account may not be allowed to enter the current directory.
        runuser -u postgres -- env -C / "$@"
    else
        "$@"
    fi
}

cluster_start() {
    CLUSTER_DIR=$(as_server_user mktemp -d "${TMPDIR:-/tmp}/tasker.XXXXXX")
    trap cluster_stop EXIT
    trap 'exit 130' INT TERM
    export PGHOST=$CLUSTER_DIR PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    as_server_user "$PG_BIN/initdb" --pgdata "$CLUSTER_DIR/data" --username postgres --auth trust \
        --encoding UTF8 --locale C --no-sync >"/dev/null"
    {
        echo "listen_addresses = ''"
        echo "unix_socket_directories = '$CLUSTER_DIR'"
        echo "fsync = off"
        echo "timezone = 'UTC'"
        local setting
        for setting in "$@"; do
            echo "$setting"
        done
    } | as_server_user tee -a "$CLUSTER_DIR/data/postgresql.conf" >/dev/null
    # A backtrace in the environment would end up in the details of errors.
    as_server_user env -u RUST_BACKTRACE "$PG_BIN/pg_ctl" --pgdata "$CLUSTER_DIR/data" \
        --log "$CLUSTER_DIR/log" --wait --silent start >/dev/null || {
        cat "$CLUSTER_DIR/log" >&2
        return 1
    }
}

cluster_stop() {
    [ -n "$CLUSTER_DIR" ] || return 0
    as_server_user "$PG_BIN/pg_ctl" --pgdata "$CLUSTER_DIR/data" --mode immediate --silent stop >/dev/null 2>&1 || true
    rm -rf "$CLUSTER_DIR"
    CLUSTER_DIR=
}

# pgbench_again OPTION…: pgbench that tries again, up to 20 times, what failed because of other sessions.
pgbench_again() {
    local program=pgbench
    # That of 14 cannot; a later one can, with any server.
    pgbench --help | grep -q -- --max-tries || program=/usr/lib/postgresql/15/bin/pgbench
    "$program" --max-tries 20 "$@"
}
