#!/usr/bin/env bash
# What the migration tools of ORMs do beside an installation in a schema of its own: what docs/orms.md says, with the code
# that it shows, and the code for ORMs of docs/finding.md. Arguments: tools; all unless given. Output: "ok …" for each thing that is true.
set -euo pipefail
cd "$(dirname "$0")"
../.ci/setup drivers
source lib/cluster.sh
installed=$(realpath ../target/drivers)
python=$installed/python/bin/python3

# block HEADING NUMBER [PAGE]: a block of code of the manual
block() {
    awk -v heading="## $1" -v number="$2" '
        /^## / { here = $0 == heading; next }
        here && /^```/ { inside = !inside; if (inside) found++; next }
        here && inside && found == number { print; shown = 1 }
        END { exit !shown }' "../docs/${3:-orms.md}"
}

cluster_start "shared_buffers = 64MB"
# A test database of Django comes from template1.
psql -Xq -d template1 -c 'CREATE EXTENSION tasker_core' -c 'CREATE ROLE app LOGIN CREATEDB'
psql -Xq -d postgres -c 'CREATE DATABASE ready OWNER app TEMPLATE template0'
shown=$(block 'A schema of its own' 1)
psql -Xq -v ON_ERROR_STOP=1 -d ready -o /dev/null <<<"$shown"
export PGUSER=app

chosen=("$@") failed=0
# try TOOL COMMAND…: in a database of its own
try() {
    local name=$1
    shift
    [ ${#chosen[@]} -eq 0 ] || [[ " ${chosen[*]} " == *" $name "* ]] || return 0
    psql -Xq -U postgres -d postgres -c "CREATE DATABASE $name OWNER app TEMPLATE ready"
    PGDATABASE=$name timeout 120 "$@" || {
        echo "not ok $name"
        failed=1
    }
}

folder=$installed/orms
rm -rf "$folder"
mkdir -p "$folder/django" "$folder/prisma"
block Alembic 1 >"$folder/include.py"
block Django 1 >"$folder/django/models.py"
block Django 2 >"$folder/django/migration.py"
block Rails 1 >"$folder/rails.rb"
block Drizzle 1 >"$folder/config.ts"
block Models 2 ../clients/node/README.md >"$folder/schema.ts"
block Prisma 1 >"$folder/prisma/schema.prisma"
block Prisma 2 >"$folder/prisma/config.ts"
block Prisma 3 >"$folder/prisma/tables.sh"
block Views 1 finding.md >"$folder/finding.rb"
block Views 2 finding.md >"$folder/finding.py"

try alembic "$python" orms/alembic_check.py "$folder/include.py"
try sqlalchemy "$python" orms/sqlalchemy_check.py "$folder/finding.py"
try django "$python" orms/django_check.py "$folder/django"
rm -rf "$folder/django/shop"
try careless "$python" orms/django_check.py "$folder/django" careless
try rails /usr/bin/ruby orms/activerecord_check.rb "$folder/rails.rb" "$folder/finding.rb"
mkdir "$installed"/{drizzle,client,prisma}.$$
try drizzle orms/drizzle.sh "$installed/drizzle.$$" "$folder/config.ts"
try client orms/drizzle_client.sh "$installed/client.$$" "$folder/config.ts" "$folder/schema.ts"
try prisma orms/prisma.sh "$installed/prisma.$$" "$folder/prisma"
rm -rf "$installed"/{drizzle,client,prisma}.$$
exit $failed
