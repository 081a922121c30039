/** Types and tables for Kysely and Drizzle: they name the columns that an installation has, with their types. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { getTableConfig } from "drizzle-orm/pg-core";
import { type Generated, Kysely, type Migration, Migrator, PostgresDialect } from "kysely";
import pg from "pg";

import { taskerTables } from "../src/models/drizzle.js";
import type { TaskerTables } from "../src/models/kysely.js";
import { asApp, SCHEMA, serverTest, superuser } from "./support.js";

/** Tables, with their columns and a type for each. */
type Described = Record<string, Record<string, string>>;

/** The tables of the engine in the installation, without those of the extension; `kind` writes the type of a column. */
async function installed(kind: (type: string) => string): Promise<Described> {
  const rows = await asApp(
    "SELECT relname, attname, format_type(atttypid, NULL) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid" +
      ` WHERE relnamespace = '${SCHEMA}'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped` +
      " AND relname LIKE 'tasker\\_%' AND relname NOT LIKE 'tasker\\_core\\_%'",
  );
  const tables: Described = {};
  for (const [table, column, type] of rows as [string, string, string][]) {
    tables[table] ??= {};
    tables[table][column] = kind(type);
  }
  return tables;
}

serverTest("models: the tables of Drizzle", async ({ register, create, cleanup }) => {
  const tables = taskerTables(SCHEMA);
  const found: Described = {};
  for (const { name, columns } of Object.values(tables).map((table) => getTableConfig(table))) {
    found[name] = Object.fromEntries(columns.map((column) => [column.name, column.getSQLType()]));
  }
  const names: Record<string, string> = { "character varying": "varchar", "timestamp without time zone": "timestamp" };
  assert.deepEqual(found, await installed((type) => names[type] ?? type));

  await register(["a"]);
  const id = await create({ n: 7 });
  const pool = new pg.Pool({ user: "app" });
  cleanup(() => pool.end());
  const { tasks, workflowSteps, namedSteps } = tables;
  const rows = await drizzle(pool)
    .select({ context: tasks.context, step: namedSteps.name, createdAt: tasks.createdAt })
    .from(tasks)
    .innerJoin(workflowSteps, eq(workflowSteps.taskId, tasks.taskId))
    .innerJoin(namedSteps, eq(namedSteps.namedStepId, workflowSteps.namedStepId))
    .where(eq(tasks.taskId, id));
  assert.deepEqual([rows.length, rows[0]?.context, rows[0]?.step], [1, { n: 7 }, "a"]);
  const [[seconds]] = (await asApp(
    `SELECT extract(epoch FROM created_at) FROM tasker_tasks WHERE task_id = ${id}`,
  )) as [[string]];
  assert.ok(Math.abs((rows[0]?.createdAt.getTime() ?? 0) / 1000 - Number(seconds)) < 0.002);
});

/** What the types of Kysely say, as they are written in the source. */
function written(): Described {
  const source = readFileSync("src/models/kysely.ts", "utf8");
  const interfaces = new Map<string, Record<string, string>>();
  const declared = /^(?:export )?interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}/gms;
  for (const [, name, base, body] of source.matchAll(declared) as Iterable<[string, string, string, string]>) {
    const members = [...body.matchAll(/^ {2}(\w+): (.*);$/gm)] as unknown as [string, string, string][];
    const own = Object.fromEntries(members.map(([, column, type]) => [column, type.replace(" | null", "")]));
    interfaces.set(name, { ...interfaces.get(base), ...own });
  }
  const tables = Object.entries(interfaces.get("TaskerTables") ?? {});
  return Object.fromEntries(tables.map(([table, type]) => [table, interfaces.get(type) ?? {}]));
}

// The compiler checks the query; the server checks the names and the types.
serverTest("models: the types of Kysely", async ({ register, create, cleanup }) => {
  const names: Record<string, string> = {
    bigint: "Bigint",
    integer: "Read<number>",
    boolean: "Read<boolean>",
    "character varying": "Read<string>",
    "timestamp without time zone": "Read<Date>",
  };
  const found = written();
  const expected = await installed((type) => names[type] ?? "Read<Json>");
  // Two documents have a shape that is known.
  assert.deepEqual([found.tasker_tasks?.tags, found.tasker_tasks?.bypass_steps], ["Read<string[]>", "Read<string[]>"]);
  Object.assign(expected.tasker_tasks ?? {}, { tags: "Read<string[]>", bypass_steps: "Read<string[]>" });
  assert.deepEqual(found, expected);

  await register(["a"]);
  const id = await create({ n: 7 });
  const db = new Kysely<TaskerTables>({ dialect: new PostgresDialect({ pool: new pg.Pool({ user: "app" }) }) });
  cleanup(() => db.destroy());
  const row = await db
    .withSchema(SCHEMA)
    .selectFrom("tasker_tasks")
    .innerJoin("tasker_workflow_steps", "tasker_workflow_steps.task_id", "tasker_tasks.task_id")
    .select(["tasker_tasks.context", "tasker_workflow_steps.attempts"])
    .where("tasker_tasks.task_id", "=", String(id))
    .executeTakeFirstOrThrow();
  assert.deepEqual(row.context, { n: 7 });
});

interface Shop extends TaskerTables {
  orders: { id: Generated<number>; task_id: string | null };
}

// Kysely runs the migrations that the application has, and compares nothing with the database.
serverTest("models: a migration of Kysely", async ({ register, create, cleanup }) => {
  await superuser("CREATE SCHEMA shop AUTHORIZATION app");
  cleanup(() => superuser("DROP SCHEMA shop CASCADE"));
  const pool = new pg.Pool({ user: "app", options: `-c search_path=shop,${SCHEMA}` });
  const db = new Kysely<Shop>({ dialect: new PostgresDialect({ pool }) });
  cleanup(() => db.destroy());
  const before = await installed((type) => type);
  const orders: Migration = {
    up: async (db) => {
      await db.schema
        .createTable("orders")
        .addColumn("id", "serial", (column) => column.primaryKey())
        .addColumn("task_id", "bigint", (column) => column.references("tasker_tasks.task_id").onDelete("set null"))
        .execute();
    },
    down: (db) => db.schema.dropTable("orders").execute(),
  };
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ orders }) } });
  assert.deepEqual((await migrator.migrateToLatest()).error, undefined);
  const tables = await db.introspection.getTables();
  const names = tables.filter(({ schema }) => schema === "shop").map(({ name }) => name);
  assert.deepEqual(names, ["orders"]);

  await register(["a"]);
  const task_id = String(await create({ n: 7 }));
  await db.insertInto("orders").values({ task_id }).execute();
  const rows = await db
    .selectFrom("orders")
    .innerJoin("tasker_tasks", "tasker_tasks.task_id", "orders.task_id")
    .select(["orders.id", "tasker_tasks.context"])
    .execute();
  assert.deepEqual(rows, [{ id: 1, context: { n: 7 } }]);
  assert.deepEqual((await migrator.migrateDown()).error, undefined);
  assert.deepEqual(await installed((type) => type), before);
});
