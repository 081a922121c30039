#!/usr/bin/env bash
# What drizzle-kit does to a database with an installation in the schema tasker. Arguments: an empty folder below that of
# node_modules, and the configuration from docs/orms.md.
set -euo pipefail
config=$(realpath "$2")
cd "$1"
cp "$config" drizzle.config.ts
sed 's/schemaFilter: \["public"\]/schemaFilter: ["public", "tasker"]/' drizzle.config.ts >careless.config.ts
cat >schema.ts <<'TS'
import { bigint, pgTable, serial } from "drizzle-orm/pg-core";

export const orders = pgTable("orders", { id: serial("id").primaryKey(), taskId: bigint("task_id", { mode: "number" }) });
TS
export DATABASE_URL="postgresql://$PGUSER@localhost/$PGDATABASE?host=$PGHOST"
kit() { timeout 60 node ../node_modules/drizzle-kit/bin.cjs "$@" </dev/null 2>&1 || true; }
tables() { psql -XqAt -c "SELECT count(*) FROM pg_tables WHERE schemaname = '$1'"; }
check() { # check TITLE CONDITION… : a command that must succeed
    local title=$1
    shift
    "$@" || {
        echo "not ok Drizzle $title: $said"
        exit 1
    }
    echo "ok Drizzle $title"
}

before=$(tables tasker)
said=$(kit push --force)
check "push creates its own table and drops none of ours" [ "$(tables public) $(tables tasker)" = "1 $before" ]
said=$(kit push --verbose --strict)
check "push proposes nothing then" grep -q 'No changes detected' <<<"$said"
said=$(kit pull)
check "pull reads none of our tables" [ "$(grep -c pgTable drizzle/schema.ts) $(grep -c tasker drizzle/schema.ts || true)" = "2 0" ]
said=$(kit push --verbose --strict --config careless.config.ts)
check "push wants to drop ours with the schema in schemaFilter" grep -q 'DROP TABLE "tasker"."tasker_tasks" CASCADE' <<<"$said"
