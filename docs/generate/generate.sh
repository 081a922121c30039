#!/usr/bin/env bash
# Writes the generated parts of the documentation: reference.md and images. Argument: the folder, for a server that PGHOST names;
# without one, it starts a private server and writes into docs.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/lib/cluster.sh
folder=${1:-docs}
[ $# -gt 0 ] || cluster_start

sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@"; }
export PGCLIENTENCODING=UTF8 PGOPTIONS='--client-min-messages=warning'
sql -c 'CREATE DATABASE generate'
sql -d generate -c 'CREATE EXTENSION tasker_core'
mkdir -p "$folder/images"
sql -d generate -v images="$folder/images" -f docs/generate/pictures.sql
catalog=$(sql -d generate -f docs/generate/catalog.sql)
sql -c 'DROP DATABASE generate'
# The old page stays if there is no new one.
page=$(mktemp)
trap 'rm -f "$page"; cluster_stop' EXIT
python3 docs/generate/reference.py <<<"$catalog" >"$page"
sql -c 'CREATE DATABASE generate'
answer=$(PGOPTIONS='' PGDATABASE=generate ACCEPT=short python3 tests/docs/blocks.py "$page" /dev/null) || {
    grep -v '^ok ' <<<"$answer" >&2
    exit 1
}
sql -c 'DROP DATABASE generate'
cat "$page" >"$folder/reference.md"
