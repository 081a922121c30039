/** Workers that are processes of their own, and what happens when they die. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";

import { type Fixture, becomes, serverTest, superuser } from "./support.js";

const CLI = fileURLToPath(new URL("../src/cli.js", import.meta.url));
const HANDLERS = fileURLToPath(new URL("./process-handlers.js", import.meta.url));

interface Started {
  process: ChildProcess;
  pid: number;
  ended: Promise<unknown>;
}

async function prepare(): Promise<void> {
  await superuser(
    "CREATE TABLE IF NOT EXISTS tasker.node_notes (number bigint GENERATED ALWAYS AS IDENTITY," +
      " task_id bigint, attempt integer, pid integer, what text)",
  );
  await superuser("ALTER TABLE tasker.node_notes OWNER TO app");
}

function start(fixture: Fixture, ...more: string[]): Started {
  return run(fixture, [CLI, "work", HANDLERS, "--schema", "tasker", "--namespace", fixture.namespace, ...more]);
}

function run({ cleanup }: Fixture, options: string[]): Started {
  const child = spawn(process.execPath, options, {
    env: { ...process.env, PGUSER: "app" },
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  cleanup(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await ended;
    }
  });
  return { process: child, pid: child.pid ?? 0, ended };
}

async function notes(taskId: number, what: string): Promise<{ attempt: number; pid: number }[]> {
  const statement = "SELECT attempt, pid FROM tasker.node_notes WHERE task_id = $1 AND what = $2 ORDER BY number";
  const rows = await superuser(statement, [taskId, what]);
  return rows.map(([attempt, pid]) => ({ attempt: Number(attempt), pid: Number(pid) }));
}

async function go(taskId: number): Promise<void> {
  await superuser("INSERT INTO tasker.node_notes (task_id, what) VALUES ($1, 'go')", [taskId]);
}

async function causesOfErrors({ client }: Fixture, taskId: number): Promise<(string | null)[]> {
  return (await client.taskTimeline(taskId)).filter((entry) => entry.toState === "error").map((entry) => entry.cause);
}

serverTest("processes: killed in the middle", async (fixture) => {
  await prepare();
  await fixture.register(["gated"]);
  const task = await fixture.create();
  const first = start(fixture, "--lease", "1", "--name", "first");
  await becomes("the first worker has begun", async () => (await notes(task, "begun")).length === 1);
  first.process.kill("SIGKILL");
  await first.ended;
  const second = start(fixture, "--lease", "60", "--name", "second");
  await becomes("the second worker has begun", async () => (await notes(task, "begun")).length === 2);
  await go(task);
  await becomes("the task is complete", async () => (await fixture.state(task)) === "complete");
  assert.deepEqual(await notes(task, "done"), [{ attempt: 2, pid: second.pid }]);
  assert.deepEqual(await fixture.client.stepResults(task), { gated: { pid: second.pid } });
  const history = await fixture.history(await fixture.stepId(task, "gated"));
  assert.deepEqual(history, ["in_progress", "error", "pending", "in_progress", "complete"]);
  assert.deepEqual(await causesOfErrors(fixture, task), ["lease_expired"]);
});

// What has begun is finished, and what has not is released without using an attempt.
serverTest("processes: terminated", async (fixture) => {
  await prepare();
  await fixture.register(["gated"]);
  const tasks = [await fixture.create(), await fixture.create(), await fixture.create()] as const;
  const worker = start(fixture, "--batch-size", "3", "--lease", "60");
  await becomes("the first has begun", async () => (await notes(tasks[0], "begun")).length === 1);
  worker.process.kill("SIGTERM");
  for (const task of tasks.slice(1)) {
    const step = await fixture.stepId(task, "gated");
    await becomes("the others are released", async () =>
      JSON.stringify(await fixture.database.call("tasker_step_history", [step])).includes("shuts down"),
    );
  }
  assert.equal(worker.process.exitCode, null);
  await go(tasks[0]);
  await worker.ended;
  assert.equal(worker.process.exitCode, 0);
  assert.equal(await fixture.state(tasks[0]), "complete");
  for (const task of tasks.slice(1)) {
    const [step] = await fixture.client.findSteps({ taskId: task });
    assert.deepEqual([step?.currentState, step?.attempts, step?.ready], ["pending", 0, true]);
    assert.deepEqual(await notes(task, "begun"), []);
  }
});

// A claim that waits in the database is cancelled.
serverTest("processes: terminated while it waits", async (fixture) => {
  await prepare();
  const name = `waits ${process.pid}`;
  const worker = start(fixture, "--name", name, "--wait", "3600");
  const waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND query LIKE $1 AND state = 'active'";
  await becomes("it waits", async () => (await superuser(waiting, [`%${name}%`]))[0]?.[0] === "1");
  worker.process.kill("SIGINT");
  await worker.ended;
  assert.equal(worker.process.exitCode, 0);
  assert.equal((await superuser(waiting, [`%${name}%`]))[0]?.[0], "0");
});

for (const [step, cause, limits] of [
  // A promise that is never resolved: heartbeats go on, and the limit of the execution ends it.
  ["hangs", "timeout", { timeout_seconds: 1 }],
  // A loop without an end: no heartbeats either, so the lease expires.
  ["spins", "lease_expired", { heartbeat_seconds: 1 }],
] as const) {
  serverTest(`processes: a handler that never returns ${step}`, async (fixture) => {
    await prepare();
    await fixture.register([{ name: step, ...limits }]);
    const workers = [start(fixture, "--name", "one"), start(fixture, "--name", "other")];
    const task = await fixture.create();
    await becomes("the task is complete", async () => (await fixture.state(task)) === "complete");
    const begun = await notes(task, "begun");
    assert.deepEqual(
      begun.map((one) => one.attempt),
      [1, 2],
    );
    // The worker that has a place executes it, and not the one whose handler keeps its place.
    assert.deepEqual(new Set(begun.map((one) => one.pid)), new Set(workers.map((worker) => worker.pid)));
    assert.deepEqual(await fixture.client.stepResults(task), { [step]: { pid: begun[1]?.pid } });
    assert.deepEqual(await causesOfErrors(fixture, task), [cause]);
  });
}

// A handler keeps the only place, and waits for nothing: no timer, no socket. Node ends a process that waits for nothing.
serverTest("processes: a worker that waits for nothing", async (fixture) => {
  await fixture.register([{ name: "first", timeout_seconds: 1, default_retry_limit: 1 }, "second"]);
  const task = await fixture.create();
  const index = JSON.stringify(new URL("../src/index.js", import.meta.url).href);
  const program = `
    import { Database, Handlers, Worker } from ${index};
    const handlers = new Handlers().register("first", () => new Promise(() => {})).register("second", () => 2);
    const database = new Database({ idleTimeoutMillis: 1 }, { schema: "tasker" });
    const filters = { namespaces: [${JSON.stringify(fixture.namespace)}] };
    await new Worker(database, handlers, { filters, grace: 0.5, shutdownTimeout: 0.1 }).run();
    await database.close();`;
  const worker = run(fixture, ["--input-type=module", "--eval", program]);
  await becomes("it goes on", async () => {
    assert.equal(worker.process.exitCode, null);
    return isDeepStrictEqual(await fixture.stepStates(task), { first: "error", second: "complete" });
  });
  // At its end, it does not wait for the handler.
  worker.process.kill("SIGTERM");
  await worker.ended;
  assert.equal(worker.process.exitCode, 0);
});

serverTest("processes: handlers that are none", async () => {
  for (const [place, said] of [
    [`${HANDLERS}:nothing`, "no object of the class Handlers"],
    ["no-such-file.js", "no-such-file.js"],
  ] as const) {
    const done = spawnSync(process.execPath, [CLI, "work", place], { encoding: "utf8" });
    assert.equal(done.status, 1);
    assert.ok(done.stderr.includes(said), done.stderr);
  }
});
