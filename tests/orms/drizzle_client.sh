#!/usr/bin/env bash
# What drizzle-kit does with a schema that uses the tables of clients/node, beside an installation in the schema tasker. Arguments: an
# empty folder below that of node_modules, the configuration from docs/orms.md, and the schema from clients/node/README.md.
set -euo pipefail
config=$(realpath "$2") schema=$(realpath "$3") client=$(realpath ../clients/node)
cd "$1"
cp "$config" drizzle.config.ts
cp "$schema" schema.ts
sed 's/^const { tasks }/export const { tasks }/' schema.ts >exported.ts
sed 's/schema\.ts/exported.ts/; s#"./drizzle"#"./exported"#' drizzle.config.ts >exported.config.ts
# The package, with the one file that is needed.
package=node_modules/tasker-core
mkdir -p "$package"
cp "$client/package.json" "$package/"
../node_modules/.bin/esbuild "$client/src/models/drizzle.ts" --format=esm --outfile="$package/dist/models/drizzle.js" --log-level=error
export DATABASE_URL="postgresql://$PGUSER@localhost/$PGDATABASE?host=$PGHOST"
kit() { timeout 60 node ../node_modules/drizzle-kit/bin.cjs "$@" </dev/null 2>&1 || true; }
tables() { psql -XqAt -c "SELECT count(*) FROM pg_tables WHERE schemaname = '$1'"; }
created() { grep -ohE 'CREATE (TABLE|SCHEMA) \S+|REFERENCES [^(]+' "$1"/*.sql | paste -sd ' '; }
check() { # check TITLE CONDITION… : a command that must succeed
    local title=$1
    shift
    "$@" || {
        echo "not ok Drizzle with the client: $title: $said"
        exit 1
    }
    echo "ok Drizzle with the client: $title"
}

before=$(tables tasker)
said=$(kit generate)
check 'generate creates its own table, with a key to ours' \
    [ "$(created drizzle)" = 'CREATE TABLE "orders" REFERENCES "tasker"."tasker_tasks"' ]
said=$(kit migrate)
check 'migrate runs that' [ "$(tables public) $(tables tasker)" = "1 $before" ]
said=$(kit push --verbose --strict)
check 'push proposes nothing then' grep -q 'No changes detected' <<<"$said"
said=$(kit generate)
check 'generate proposes nothing then' grep -q 'No schema changes' <<<"$said"
said=$(kit generate --config exported.config.ts)
check 'generate creates our table too, if the schema exports it' grep -q 'CREATE TABLE "tasker"."tasker_tasks"' <(created exported)
said=$(kit pull)
check 'pull writes a key to a table that it does not write' \
    [ "$(grep -c 'pgTable(' drizzle/schema.ts) $(grep -c '\[taskerTasks.taskId\]' drizzle/schema.ts)" = '1 1' ]
