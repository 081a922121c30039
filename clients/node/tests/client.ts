/** The API: create, find, explain, operate; templates. */

import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import pg from "pg";

import {
  Client,
  ConnectionLost,
  Database,
  InvalidArgument,
  type Json,
  NotFound,
  Refused,
  loadTemplate,
  loads,
} from "../src/index.js";
import { uuid } from "../src/sql.js";
import { SCHEMA, TEMPLATES, asApp, serverTest } from "./support.js";

serverTest("client: create", async ({ register, client, namespace }) => {
  await register(["charge", { name: "ship", depends_on_step: "charge", skippable: true }]);
  const start = new Date("2040-01-31T12:00:00Z");
  const options = { priority: 5, tags: ["a"], identity_key: "cart 7", start_at: start, reason: "é" };
  const made = await client.createTask("order", { n: 1 }, { namespace, options });
  const again = await client.createTask("order", { n: 2 }, { namespace, options });
  assert.deepEqual([made.created, again.created, again.taskId], [true, false, made.taskId]);
  const task = await client.task(made.taskId);
  assert.deepEqual([task?.taskName, task?.currentState, task?.tags, task?.reason], ["order", "pending", ["a"], "é"]);
  const [step] = await client.findSteps({ taskId: made.taskId, stepName: "charge" });
  assert.deepEqual([step?.nextEligibleAt, step?.ready], [start, false]);
  assert.equal(await client.task(10 ** 12), undefined);
});

serverTest("client: create many", async ({ register, client, namespace }) => {
  await register(["charge"]);
  const traceContext = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
  const requests = [0, 1, 2].map((n) => ({ taskName: "order", namespace, context: { n } }));
  const made = await client.createTasks(requests, { traceContext });
  assert.equal(new Set(made.map((task) => task.taskId)).size, 3);
  const found = await client.findTasks({ annotationType: "trace_context", namespace });
  assert.deepEqual(
    found.map((task) => task.taskId),
    made.map((task) => task.taskId),
  );
  assert.deepEqual(await client.createTasks([]), []);
});

serverTest("client: errors", async ({ register, create, client, stepId, database }) => {
  await assert.rejects(create(), NotFound);
  const cyclic = { name: "x", step_templates: [{ name: "a", depends_on_step: "b" }] };
  await assert.rejects(client.registerTask(cyclic), (error: InvalidArgument) => {
    assert.ok(error instanceof InvalidArgument);
    assert.match(error.message, /\$\.step_templates/);
    return error.sqlstate === "22023";
  });
  await register(["charge"]);
  const task = await create();
  const refused = client.retryStep(await stepId(task, "charge"));
  await assert.rejects(refused, (error: Refused) => error instanceof Refused && error.sqlstate === "55000");
  await assert.rejects(client.explainTask(10 ** 12), NotFound);
  for (const namespace of [() => 1, "a\0b"]) await assert.rejects(client.findTasks({ namespace }), InvalidArgument);
  await assert.rejects(create({ n: () => 1 }), InvalidArgument);
  await assert.rejects(database.call('tasker_"odd'), /does not exist/);
});

serverTest("client: a statement that hides in a value", async ({ register, create, client }) => {
  const odd = "'; DROP TABLE tasker.tasker_tasks; -- \\' %s $1 {}";
  assert.deepEqual(await client.findTasks({ namespace: odd }), []);
  await register(["charge"]);
  const task = await create({ odd }, { options: { tags: [odd], initiator: odd } });
  const found = await client.findTasks({ tag: odd, initiator: odd });
  assert.deepEqual(
    found.map((one) => one.taskId),
    [task],
  );
});

serverTest("client: operate", async (fixture) => {
  const { client, database, namespace } = fixture;
  await fixture.register(["a", { name: "b", depends_on_step: "a" }, { name: "c", skippable: true }]);
  const task = await fixture.create();
  const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => fixture.stepId(task, name)));
  assert.ok(a && b && c);
  const [row] = await database.call("tasker_claim_steps", ["w", 1], { taskId: task });
  const error = { message: "no", class: "Refused" };
  const named = { retryable: false, claimToken: uuid(row?.claim_token as string) };
  await database.call("tasker_fail_step", [row?.workflow_step_id, error], named);
  const letters = await client.deadLetters({ namespace });
  assert.deepEqual(
    letters.map((one) => [one.stepName, one.errorClass, one.error]),
    [["a", "Refused", "no"]],
  );
  const shown = await client.retryMany({ namespace });
  assert.deepEqual(
    shown.map((one) => [one.workflowStepId, one.done]),
    [[a, false]],
  );
  assert.equal((await client.resetStep(a, "again")).state, "pending");
  assert.equal((await client.resolveStep(a, { paid: 1 }, { resolvedBy: "Ann" })).state, "resolved_manually");
  assert.equal((await client.skipStep(c, "not needed")).state, "resolved_manually");
  await client.pauseTask(task, "lunch");
  assert.equal((await client.explainTask(task)).waits[0].kind, "paused");
  const resumed = await client.resumeMany({ taskId: task, dryRun: false });
  assert.deepEqual(
    resumed.map((one) => one.done),
    [true],
  );
  await client.setTaskPriority(task, 7);
  await client.setRetryLimit(b, 9);
  assert.match((await client.explainStep(b)).summary as string, /ready/);
  const added = await client.addSteps(task, [{ name: "d", depends_on: "b", wait: { signal: "go" } }]);
  assert.deepEqual(Object.keys(added), ["d"]);
  assert.equal((await client.signal(task, "go", { by: "Ann" })).isNew, true);
  assert.deepEqual(await client.signal(task, "go"), { isNew: false, completedStepIds: [] });
  await client.annotateTask(task, "ticket", { n: 7 });
  const annotated = await client.findTasks({ annotationType: "ticket", annotationKey: "n" });
  assert.equal(annotated[0]?.taskId, task);
  assert.equal((await client.cancelStep(b))[0]?.state, "cancelled");
  assert.deepEqual((await client.stepResults(task)).a, { paid: 1 });
  const timeline = await client.taskTimeline(task);
  assert.ok(timeline.some((entry) => entry.actor === "Ann"));
  assert.ok(timeline[0]?.at instanceof Date);
  const other = await fixture.create();
  const cancelled = await client.cancelMany({ taskId: other, dryRun: false });
  assert.deepEqual(
    cancelled.map((one) => one.done),
    [true],
  );
  assert.equal(await fixture.state(other), "cancelled");
  assert.deepEqual(await client.pauseMany({ namespace, active: true }), []);
  assert.deepEqual(await client.resolveMany({ namespace }), []);
  await client.deleteTask(task, { force: true });
  assert.equal(await client.task(task), undefined);
});

// The calls commit and roll back with the caller's statements, and leave the search path as it was.
serverTest("client: a transaction of the caller", async (fixture) => {
  const { client, namespace } = fixture;
  await fixture.register(["charge"]);
  const connection = new pg.Client({ user: "app", options: "-c search_path=elsewhere,public -c datestyle=German" });
  await connection.connect();
  fixture.cleanup(() => connection.end());
  const inside = client.using(connection);
  await connection.query("BEGIN");
  const made = await inside.createTask("order", {}, { namespace });
  const shown = await connection.query(
    "SELECT current_setting('search_path') AS path, current_setting('datestyle') AS style",
  );
  assert.deepEqual(shown.rows, [{ path: "elsewhere,public", style: "German, DMY" }]);
  assert.equal(await client.task(made.taskId), undefined);
  await connection.query("SAVEPOINT before");
  await assert.rejects(inside.createTask("unknown", {}, { namespace }), NotFound);
  await connection.query("ROLLBACK TO before");
  const traced = { namespace, traceContext: { traceparent: "00-1" } };
  const other = await inside.createTask("order", {}, traced);
  await connection.query("COMMIT");
  assert.deepEqual([await fixture.state(made.taskId), await fixture.state(other.taskId)], ["pending", "pending"]);
  await connection.query("BEGIN");
  const third = await inside.createTask("order", {}, { namespace });
  await connection.query("ROLLBACK");
  assert.equal(await client.task(third.taskId), undefined);
});

/** Creates, and loses the answer. */
class Losing extends Database {
  protected override async run(...call: Parameters<Database["run"]>): ReturnType<Database["run"]> {
    const rows = await super.run(...call);
    if (call[1].includes("tasker_create_tasks")) throw new ConnectionLost("the connection was lost");
    return rows;
  }
}

// If the connection breaks, the caller must know that the task may exist.
serverTest("client: no repetition of a creation", async (fixture) => {
  await fixture.register(["charge"]);
  const losing = new Losing({ user: "app" }, { schema: SCHEMA });
  fixture.cleanup(() => losing.close());
  const { namespace } = fixture;
  await assert.rejects(new Client(losing).createTask("order", {}, { namespace }), ConnectionLost);
  assert.equal((await fixture.client.findTasks({ namespace })).length, 1);
});

serverTest("client: the search path of the role", async ({ namespace, cleanup }) => {
  const database = new Database({ user: "app", options: `-c search_path=${SCHEMA}` });
  cleanup(() => database.close());
  assert.deepEqual(await database.call("tasker_find_tasks", [], { namespace }), []);
});

// Whatever the session and the application have set.
serverTest("client: types of columns", async ({ register, create, cleanup }) => {
  await register(["charge"]);
  const id = await create({ n: 1 });
  const database = new Database(
    { user: "app", options: "-c datestyle=SQL,DMY -c timezone=Asia/Kolkata" },
    { schema: SCHEMA },
  );
  cleanup(() => database.close());
  const [task] = await new Client(database).findTasks({ taskId: id });
  const [[seconds]] = (await asApp(
    `SELECT extract(epoch FROM created_at) FROM tasker_find_tasks(task_id => ${id})`,
  )) as [[string]];
  assert.ok(Math.abs((task?.createdAt.getTime() ?? 0) / 1000 - Number(seconds)) < 0.002);
  const [row] = await database.execute(
    "SELECT 7::bigint AS n, '{8,NULL}'::bigint[] AS list, '1 day 02:00:01.5'::interval AS lasted, '[1]'::jsonb AS doc," +
      " timestamp '2030-01-31 12:00:00.5' AS at",
  );
  assert.deepEqual(
    { ...row },
    { n: 7, list: [8, null], lasted: 93601.5, doc: "[1]", at: new Date("2030-01-31T12:00:00.500Z") },
  );
  await assert.rejects(database.execute("SELECT 9007199254740993"), /digits/);
});

// Anchors, merge keys and environments.
serverTest("templates: YAML", async ({ client, database }) => {
  const order = path.join(TEMPLATES, "order.yaml");
  const template = await loadTemplate(order);
  const prices = template.step_templates.find((step: Json) => step.name === "fetch_prices") as Record<string, Json>;
  assert.deepEqual(
    [prices.handler_config.timeout_seconds, prices.handler_config.url],
    [15, "https://api.example.com/prices"],
  );
  assert.deepEqual(template.schema.properties.customer_id, { type: "integer", minimum: 1 });
  const files = (await readdir(TEMPLATES)).filter((name) => name.endsWith(".yaml"));
  assert.ok(files.length > 0);
  for (const name of files) {
    assert.deepEqual(await client.validateTemplate(await loadTemplate(path.join(TEMPLATES, name))), [], name);
  }
  const made = await client.registerTask(pathToFileURL(order));
  assert.deepEqual([made.namespace, made.taskName, made.version], ["shop", "shop/place_order", "1.4.0"]);
  assert.equal((await client.registerTask(order)).changed, false);
  assert.equal((await client.registerTask(order, { environment: "test" })).changed, true);
  const stored = loads((await database.value("tasker_template", ["shop/place_order", "shop"])) as string) as Json;
  const charge = stored.step_templates.find((step: Json) => step.name === "charge") as Record<string, Json>;
  assert.deepEqual([charge.default_retry_limit, charge.dependent_system], [0, "sandbox"]);
});

test("templates: what YAML 1.1 means, and JSON", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tasker-"));
  try {
    const yaml = path.join(folder, "odd.yaml");
    await writeFile(yaml, "name: odd\nsince: 2030-01-31\nbig: 12345678901234567890\nlevels: {2: low, true: yes}\n");
    const found = { name: "odd", since: "2030-01-31", big: 12345678901234567890n, levels: { 2: "low", true: true } };
    assert.deepEqual(await loadTemplate(yaml), found);
    const json = path.join(folder, "order.json");
    await writeFile(json, '{"name": "order"}');
    assert.deepEqual(await loadTemplate(json), { name: "order" });
    await writeFile(json, "[]");
    await assert.rejects(loadTemplate(json), TypeError);
  } finally {
    await rm(folder, { recursive: true });
  }
});
