#!/usr/bin/env bash
# What Prisma does to a database with an installation in the schema tasker. Arguments: an empty folder below that of node_modules, and
# a folder with the code of docs/orms.md: schema.prisma, tables.sh, config.ts.
#
# The npm package does not contain the native engine; its engine in WebAssembly reads the database through an adapter.
set -euo pipefail
shown=$(realpath "$2")
cd "$1"
# The program refuses to run without the engine for queries, which these commands do not use.
touch none.so.node
export PRISMA_QUERY_ENGINE_LIBRARY=$PWD/none.so.node CHECKPOINT_DISABLE=1 PRISMA_HIDE_UPDATE_MESSAGE=1
cat >engine.mjs <<'JS'
import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";

// The adapter refuses types of the catalogs ("char", name), which the engine reads as texts.
const texts = new Map([[18, 25], [19, 25], [1002, 1009], [1003, 1009]]);
// From PostgreSQL 18 on, the catalog has NOT NULL constraints, at which the engine ends if it reads through an adapter, whatever the tables
// are (issue 29635 of prisma/orm).
const read = (result) => {
  for (const field of result?.fields ?? []) field.dataTypeID = texts.get(field.dataTypeID) ?? field.dataTypeID;
  const type = result?.fields?.findIndex((field) => field.name === "constraint_type") ?? -1;
  if (type >= 0) result.rows = result.rows.filter((row) => row[type] !== "n");
  return result;
};
class Client extends pg.Client {
  query(...all) {
    const then = all.at(-1);
    if (typeof then !== "function") return super.query(...all).then(read);
    return super.query(...all.slice(0, -1), (error, result) => then(error, read(result)));
  }
}
// The program would stay for a minute after a push.
const { setTimeout } = globalThis;
globalThis.setTimeout = (...all) => setTimeout(...all).unref();

const pool = () => new pg.Pool({ Client, allowExitOnIdle: true });
export const engine = { engine: "js", adapter: async () => new PrismaPg(pool()) };
JS
cat >careless.config.ts <<'TS'
import { engine } from "./engine.mjs";

export default { experimental: { adapter: true }, ...engine };
TS
# The configuration of the page, with this engine.
{
    echo 'import { engine } from "./engine.mjs";'
    sed 's/experimental: {/...engine,\n  experimental: { adapter: true,/' "$shown/config.ts"
} >external.config.ts
schema() { # schema [MODEL…]: the file of the page, which names the schema public, and models
    sed 's/^}/  url = "postgresql:\/\/unused"\n}/' "$shown/schema.prisma"
    printf '%s\n' "$@"
}
both() { schema "$@" | sed 's/schemas *=.*/schemas = ["public", "tasker"]/'; }
prisma() { # prisma CONFIG COMMAND…
    local config=$1
    shift
    timeout 100 node ../node_modules/prisma/build/index.js "$@" --config "$config.config.ts" --schema schema.prisma 2>&1 || true
}
tables() { psql -XqAt -c "SELECT count(*) FROM pg_tables WHERE schemaname = '$1'"; }
check() { # check TITLE CONDITION… : a command that must succeed
    local title=$1
    shift
    "$@" || {
        echo "not ok Prisma $title: $said"
        exit 1
    }
    echo "ok Prisma $title"
}
order='model orders {
  id Int @id
  task_id BigInt?
}'
related='model orders {
  id Int @id
  task_id BigInt?
  task tasker_tasks? @relation(fields: [task_id], references: [task_id])
  @@schema("public")
}
model tasker_tasks {
  task_id BigInt @id
  orders orders[]
  @@schema("tasker")
}'

before=$(tables tasker)
schema "$order" | sed '/schemas/d' >schema.prisma
said=$(prisma careless db push --skip-generate)
check 'db push creates its own table and drops none of ours' [ "$(tables public) $(tables tasker)" = "1 $before" ]
schema >schema.prisma
said=$(prisma careless db pull --print)
check 'db pull reads none of our tables' [ "$(grep '^model' <<<"$said")" = 'model orders {' ]

sed "s/-d shop/-d $PGDATABASE/" "$shown/tables.sh" | bash
both "$related" >schema.prisma
said=$(prisma external db push --skip-generate)
keys="SELECT confrelid::regclass FROM pg_constraint WHERE conrelid = 'public.orders'::regclass AND contype = 'f'"
check 'db push adds a key to our table, and drops and changes none, if they are external' \
    [ "$(psql -XqAt -c "$keys") $(tables tasker)" = "tasker_tasks $before" ]
doctor=$(psql -XqAt -c "SELECT count(*) FROM tasker_doctor('tasker') WHERE severity = 'error'")
check 'the installation is sound then' [ "$doctor" = 0 ]
schema >schema.prisma
said=$(prisma careless db pull --print)
check 'db pull of one schema refuses such a key' grep -q 'P4002' <<<"$said"
both >schema.prisma
said=$(prisma external db pull --force)
check 'db pull of both schemas reads all tables' [ "$(grep -c '^model' schema.prisma)" = $((before + 1)) ]
said=$(prisma external validate)
check 'validate refuses that, because of a key of the engine' grep -q 'P1012' <<<"$said"
both "$related" >schema.prisma
said=$(prisma careless db push --skip-generate)
check 'db push drops our tables without that' [ "$(tables tasker)" -lt "$before" ]
