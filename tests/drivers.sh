#!/usr/bin/env bash
# Calls every function of the contract through the drivers that people use, with parameters without types, from a client in
# another time zone; drivers/check.py compares what each of them read with what the server wrote. Arguments: drivers; all
# unless given. Output: "ok …" for each driver.
set -euo pipefail
cd "$(dirname "$0")"
../.ci/setup drivers
source lib/cluster.sh
installed=$(realpath ../target/drivers)
export NODE_PATH=$installed/node_modules

cluster_start "shared_buffers = 64MB"
# The extension is in public, the tables in a schema of their own, of an owner who is no superuser.
psql -Xq -v ON_ERROR_STOP=1 -o /dev/null <<'SQL'
CREATE ROLE app LOGIN;
ALTER ROLE app SET search_path = public, tasker;
ALTER ROLE app SET timezone = 'America/New_York';
CREATE DATABASE ready;
\connect ready
CREATE EXTENSION tasker_core;
CREATE SCHEMA tasker AUTHORIZATION app;
SET ROLE app;
SELECT FROM tasker_install('tasker');
SQL
export PGUSER=app

failed=0
# try NAME COMMAND…: one driver, in a database of its own
try() {
    local name=$1
    shift
    [ ${#chosen[@]} -eq 0 ] || [[ " ${chosen[*]} " == *" $name "* ]] || return 0
    psql -Xq -U postgres -d postgres -c "CREATE DATABASE \"$name\" TEMPLATE ready"
    PGDATABASE=$name python3 drivers/check.py "$name" "$@" || failed=1
}
chosen=("$@")
python=$installed/python/bin/python3

PGDATABASE=ready python3 drivers/check.py coverage || failed=1
try psycopg "$python" drivers/with_psycopg.py
try psycopg-binary "$python" drivers/with_psycopg.py binary
try psycopg-client "$python" drivers/with_psycopg.py client
try asyncpg "$python" drivers/with_asyncpg.py
try sqlalchemy-psycopg "$python" drivers/with_sqlalchemy.py psycopg
try sqlalchemy-asyncpg "$python" drivers/with_sqlalchemy.py asyncpg
try django "$python" drivers/with_django.py
try pg node drivers/with_pg.js
try postgres.js node drivers/with_postgres_js.js
try drizzle node drivers/with_drizzle.js
try activerecord /usr/bin/ruby drivers/with_activerecord.rb
exit $failed
