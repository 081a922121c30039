#!/usr/bin/env bash
# The clients: the cases of clients/conformance, each client's own tests, and a short form of its bench, against private servers; and
# "together", a workflow of all three. Arguments: clients, or "together"; all unless given. Output: "ok …" for each test, "skipped …"
# for what cannot run on this machine.
#
#   PYTHON=python3.12   tests with this Python
#   RUBY=ruby3.1        tests with this Ruby
#   RAILS=7.2           tests of the Ruby client with this Rails, which .ci/rails installs below target, instead of Debian's
#   TESTS="name …"      only tests whose names contain one of these
set -euo pipefail
cd "$(dirname "$0")"
source lib/cluster.sh
installed=$(realpath -m ../target/clients)

# Longer than any test may take: a claim that waits was woken, or cancelled.
cluster_start "shared_buffers = 64MB" "max_connections = 200" "tasker_core.max_wait = 1h"
psql -Xq -d postgres -c 'CREATE ROLE app LOGIN'

chosen=("$@") failed=0
is_chosen() { # is_chosen NAME
    [ ${#chosen[@]} -eq 0 ] || [[ " ${chosen[*]} " == *" $1 "* ]]
}
# can_run NAME CLIENT: is the runtime of a client here? Otherwise NAME is skipped.
can_run() {
    local output
    output=$(../.ci/setup "clients-$2" 2>&1) || {
        echo "skipped $1: the runtime or the packages of $2 cannot be installed: $(tail -n 1 <<<"$output")"
        return 1
    }
}
# The extension is in public, the tables in a schema of their own, of an owner who is no superuser and whose search path does not
# have them.
create_database() { # create_database NAME
    psql -Xq -v ON_ERROR_STOP=1 -d postgres -o /dev/null <<SQL
-- The README of each client begins with a database of this name.
DROP DATABASE IF EXISTS shop WITH (FORCE);
CREATE DATABASE $1;
\connect $1
CREATE EXTENSION tasker_core;
CREATE SCHEMA tasker AUTHORIZATION app;
SET ROLE app;
SELECT FROM tasker_install('tasker');
SQL
    export PGDATABASE=$1
}
# wanted CLIENT: is it to run, and is its runtime here? Then its database is created.
wanted() {
    is_chosen "$1" && can_run "$1" "$1" && create_database "$1_client"
}
node_place=$installed/node node_is_compiled=
# A copy, since the compiler leaves files beside the sources.
compile_node() {
    [ -z "$node_is_compiled" ] || return 0
    rm -rf "$node_place"/{src,tests,build,tsconfig.json,README.md,LICENSE}
    cp -r ../clients/node/{src,tests,tsconfig.json,package.json,README.md,LICENSE} "$node_place/"
    (cd "$node_place" && node_modules/.bin/tsc --project tests/tsconfig.json) || return 1
    node_is_compiled=yes
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

# For the jobs of BullMQ, arq and Celery.
start_redis() {
    local program
    ../.ci/setup redis >/dev/null 2>&1 || true
    program=$(command -v redis-server || command -v redis-check-rdb) || {
        echo 'skipped Redis cannot be installed'
        return
    }
    # Under this name, either program is the server. It has no port, and keeps nothing.
    as_server_user bash -c 'exec -a redis-server "$@"' bash "$program" --port 0 --unixsocket "$CLUSTER_DIR/redis" --unixsocketperm 777 \
        --save '' --dir "$CLUSTER_DIR" --logfile redis.log --pidfile "$CLUSTER_DIR/redis.pid" --daemonize yes
    local tries
    for tries in {1..100}; do
        [ ! -S "$CLUSTER_DIR/redis" ] || break
        sleep 0.1
    done
    export REDIS_SOCKET=$CLUSTER_DIR/redis
}
stop_redis() {
    [ -z "${REDIS_SOCKET:-}" ] || as_server_user kill "$(cat "$CLUSTER_DIR/redis.pid")" || true
}
trap 'stop_bouncer; stop_redis; cluster_stop' EXIT
start_bouncer
[ "${chosen[*]}" = ruby ] || start_redis

# bench CLIENT: the short form prints its six rows, and one for a worker without work.
bench() {
    local output
    if output=$(BENCH_SHORT=1 ../benches/clients.sh "$1" 2>&1) &&
        [ "$(grep -cE '^ [18] handlers?, .* [0-9]+\.[0-9]+ +[0-9]+\.[0-9]+$' <<<"$output")" -eq 6 ] &&
        grep -q '^ idle for 1 s: 0 claims' <<<"$output"; then
        echo "ok $1 bench"
    else
        echo "not ok $1 bench"
        echo "$output"
        failed=1
    fi
}

if wanted python; then
    python=$installed/python/bin/python
    (cd ../clients/python && PYTHONPATH=src "$python" -m tests ${TESTS:-}) || failed=1
    if [ -z "${TESTS:-}" ]; then
        ../clients/python/tests/package.sh "$python" || failed=1
        bench python
    fi
fi
# with_rails VERSION [TEST…]: the Ruby that it comes with needs other gems than the command gem of this machine.
with_rails() {
    local version=$1 ruby
    shift
    ruby=$(../.ci/rails "$version" 2>"$CLUSTER_DIR/rails.log") || {
        echo "skipped ruby, Rails $version: it cannot be installed: $(tail -n 1 "$CLUSTER_DIR/rails.log")"
        return 0
    }
    (cd ../clients/ruby && RAILS=$version "$ruby" test/run.rb "$@")
}

if wanted ruby; then
    if [ -n "${RAILS:-}" ]; then
        with_rails "$RAILS" ${TESTS:-ModelsTest QueueTest RailsTest GeneratorTest SuiteTest AdoptionTest} || failed=1
    else
        (cd ../clients/ruby && "${RUBY:-ruby}" test/run.rb ${TESTS:-}) || failed=1
    fi
    if [ -z "${TESTS:-}${RAILS:-}" ]; then
        ../clients/ruby/test/package.sh "${RUBY:-ruby}" || failed=1
        bench ruby
        # What a newer Rails may do in another way.
        with_rails 7.2 ModelsTest QueueTest RailsTest GeneratorTest.test_migrations GeneratorTest.test_structure \
            SuiteTest.test_parallel AdoptionTest || failed=1
    fi
fi
if wanted node; then
    pattern=${TESTS:-}
    export REPOSITORY
    REPOSITORY=$(realpath ..)
    compile_node && (cd "$node_place" &&
        node --enable-source-maps --test-reporter=./build/tests/reporter.js \
            ${pattern:+--test-name-pattern="${pattern// /|}"} build/tests/main.js) || failed=1
    if [ -z "${TESTS:-}" ]; then
        ../clients/node/tests/package.sh "$node_place" || failed=1
        bench node
    fi
fi
if is_chosen together && can_run together python && can_run together ruby && can_run together node; then
    create_database together_client
    compile_node && CLUSTER_DIR=$CLUSTER_DIR clients/together.sh "$installed/python/bin/python" "${RUBY:-ruby}" "$node_place" || failed=1
fi
exit $failed
