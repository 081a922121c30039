/** Types and tables for Kysely and Drizzle: they name the columns that an installation has. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

import { and, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { getTableConfig } from "drizzle-orm/pg-core";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";

import { taskerTables } from "../src/models/drizzle.js";
import type { TaskerTables } from "../src/models/kysely.js";
import { SCHEMA, asApp, serverTest } from "./support.js";

/** The columns of each table of the engine, without those of the extension's own tables. */
async function columnsOf(tables: string[]): Promise<Record<string, string[]>> {
  const rows = await asApp(
    "SELECT relname, string_agg(attname, ' ' ORDER BY attname) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid" +
      ` WHERE relnamespace = '${SCHEMA}'::regnamespace AND attnum > 0 AND NOT attisdropped AND relname = ANY ($1)` +
      " GROUP BY relname",
    [tables],
  );
  return Object.fromEntries(rows.map(([table, columns]) => [table as string, (columns as string).split(" ")]));
}

const ENGINE_TABLES =
  "SELECT relname FROM pg_class WHERE relnamespace = 'tasker'::regnamespace AND relkind = 'r'" +
  " AND relname LIKE 'tasker\\_%' AND relname NOT LIKE 'tasker\\_core\\_%'";

serverTest("models: the tables of Drizzle", async ({ register, create, cleanup }) => {
  const tables = taskerTables(SCHEMA);
  const described = Object.values(tables).map((table) => getTableConfig(table));
  const found = Object.fromEntries(described.map((table) => [table.name, table.columns.map((column) => column.name).sort()]));
  const engine = (await asApp(ENGINE_TABLES)).map(([name]) => name as string);
  assert.deepEqual(Object.keys(found).sort(), engine.sort());
  assert.deepEqual(found, await columnsOf(engine));
  for (const table of described) {
    const kinds = new Map((await asApp(KINDS, [`${SCHEMA}.${table.name}`])).map(([name, kind]) => [name, kind]));
    for (const column of table.columns) {
      assert.equal(column.getSQLType().replace("varchar", "character varying"), kinds.get(column.name)?.replace(/\(\d+\)/, "").replace(" without time zone", ""), `${table.name}.${column.name}`);
    }
  }

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
    .where(and(eq(tasks.taskId, id)));
  assert.deepEqual([rows.length, rows[0]?.context, rows[0]?.step], [1, { n: 7 }, "a"]);
  const [[seconds]] = (await asApp(`SELECT extract(epoch FROM created_at) FROM tasker_tasks WHERE task_id = ${id}`)) as [[string]];
  assert.ok(Math.abs((rows[0]?.createdAt.getTime() ?? 0) / 1000 - Number(seconds)) < 0.002);
});

const KINDS =
  "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped";

// The compiler checks the query; the server checks the names.
serverTest("models: the types of Kysely", async ({ register, create, cleanup }) => {
  const source = readFileSync(path.join(process.env.REPOSITORY ?? "../..", "clients/node/src/models/kysely.ts"), "utf8");
  const interfaces = new Map<string, { base: string | undefined; columns: string[] }>();
  for (const [, name, base, body] of source.matchAll(/^(?:export )?interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}/gms)) {
    const columns = [...(body as string).matchAll(/^ {2}(\w+): /gm)].map(([, column]) => column as string);
    interfaces.set(name as string, { base, columns });
  }
  const columnsFor = (name: string | undefined): string[] => {
    const known = name === undefined ? undefined : interfaces.get(name);
    return known === undefined ? [] : [...known.columns, ...columnsFor(known.base)];
  };
  const tables = [...source.matchAll(/^ {2}(tasker_\w+): (\w+);/gm)].map(([, table, type]) => [table as string, type as string]);
  const found = Object.fromEntries(tables.map(([table, type]) => [table as string, columnsFor(type).sort()]));
  const engine = (await asApp(ENGINE_TABLES)).map(([name]) => name as string);
  assert.deepEqual(found, await columnsOf(engine));

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
  // @ts-expect-error the tables are for reading
  db.insertInto("tasker_task_namespaces").values({ name: "wrong" });
});
