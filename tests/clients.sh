#!/usr/bin/env bash
# The clients: the cases of clients/conformance, and each client's own tests, against a private server. Arguments: clients; all
# unless given. Output: "ok …" for each test, "skipped …" for what cannot run on this machine.
#
#   PYTHON=python3.12   tests with this Python
#   RUBY=ruby3.1                 tests with this Ruby
#   TESTS="name …"               only tests whose names contain one of these
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
installed=$(realpath -m ../target/clients)

# Longer than any test may take: a claim that waits was woken, or cancelled.
cluster_start "shared_buffers = 64MB" "max_connections = 200" "tasker_core.max_wait = 1h"
psql -Xq -d postgres -c 'CREATE ROLE app LOGIN'

chosen=("$@") failed=0
# wanted CLIENT: is it to run, and is its runtime here? Then its database is created: the extension is in public, the tables in a
# schema of their own, of an owner who is no superuser and whose search path does not have them.
wanted() {
    local client=$1 output
    [ ${#chosen[@]} -eq 0 ] || [[ " ${chosen[*]} " == *" $client "* ]] || return 1
    output=$(../.ci/setup "clients-$client" 2>&1) || {
        echo "skipped $client: its runtime or its packages cannot be installed: $(tail -n 1 <<<"$output")"
        return 1
    }
    psql -Xq -v ON_ERROR_STOP=1 -d postgres -o /dev/null <<SQL
-- The README of each client begins with a database of this name.
DROP DATABASE IF EXISTS shop WITH (FORCE);
CREATE DATABASE ${client}_client;
\connect ${client}_client
CREATE EXTENSION tasker_core;
CREATE SCHEMA tasker AUTHORIZATION app;
SET ROLE app;
SELECT FROM tasker_install('tasker');
SQL
    export PGDATABASE=${client}_client
}

# Workers behind a pool that gives each transaction another session.
start_bouncer() {
    if ! ../.ci/setup bouncer >/dev/null 2>&1 || [ ! -x /usr/sbin/pgbouncer ]; then
        echo 'skipped PgBouncer cannot be installed'
        return
    fi
    cat <<CONF | as_server_user tee "$CLUSTER_DIR/pgbouncer.ini" >/dev/null
[databases]
* = host=$PGHOST port=$PGPORT
[pgbouncer]
unix_socket_dir = $CLUSTER_DIR
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 8
logfile = $CLUSTER_DIR/pgbouncer.log
pidfile = $CLUSTER_DIR/pgbouncer.pid
CONF
    # With auth_type any, all clients are the user of the database line; the tests name theirs.
    as_server_user sed -i "s/^\* = .*/& user=app/" "$CLUSTER_DIR/pgbouncer.ini"
    as_server_user /usr/sbin/pgbouncer --daemon --quiet "$CLUSTER_DIR/pgbouncer.ini"
    export BOUNCER_PORT=6432
}
stop_bouncer() {
    [ -z "${BOUNCER_PORT:-}" ] || as_server_user kill "$(cat "$CLUSTER_DIR/pgbouncer.pid")" || true
}
trap 'stop_bouncer; cluster_stop' EXIT
start_bouncer

if wanted python; then
    python=$installed/python/bin/python
    (cd ../clients/python && PYTHONPATH=src "$python" -m tests ${TESTS:-}) || failed=1
    if [ -z "${TESTS:-}" ]; then
        ../clients/python/tests/package.sh "$python" || failed=1
    fi
fi
if wanted ruby; then
    (cd ../clients/ruby && "${RUBY:-ruby}" test/run.rb ${TESTS:-}) || failed=1
    if [ -z "${TESTS:-}" ]; then
        ../clients/ruby/test/package.sh "${RUBY:-ruby}" || failed=1
    fi
fi
if wanted node; then
    # A copy, since the compiler leaves files beside the sources.
    place=$installed/node
    rm -rf "$place"/{src,tests,build,tsconfig.json,README.md}
    cp -r ../clients/node/{src,tests,tsconfig.json,package.json,README.md} "$place/"
    pattern=${TESTS:-}
    export REPOSITORY
    REPOSITORY=$(realpath ..)
    (cd "$place" && node_modules/.bin/tsc --project tests/tsconfig.json &&
        node --enable-source-maps --test-reporter=./build/tests/reporter.js \
            ${pattern:+--test-name-pattern="${pattern// /|}"} build/tests/main.js) || failed=1
    if [ -z "${TESTS:-}" ]; then
        ../clients/node/tests/package.sh "$place" || failed=1
    fi
fi
exit $failed
