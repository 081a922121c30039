/** The worker in this process: places, leases, lost connections, pools. */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import type { Connection } from "../src/database.js";
import { type Outcome, report } from "../src/execution.js";
import { Heartbeats } from "../src/heartbeats.js";
import {
  AccessDenied,
  type Claim,
  ConnectionLost,
  Database,
  type DatabaseError,
  Handlers,
  type Json,
  LeaseLost,
  Metrics,
  PermanentError,
  PostponeStep,
  type Process,
  RetryableError,
  type Row,
  StepStopped,
  Worker,
  jsonLogger,
} from "../src/index.js";
import { uuid } from "../src/sql.js";
import { claimFromRow } from "../src/steps.js";
import { BOUNCER_PORT, type Fixture, SCHEMA, appDatabase, becomes, running, serverTest, superuser } from "./support.js";

const TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";

const CLAIMS =
  "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%cut off node%' AND usename = 'app' AND state = 'active'";

/** Counts calls. */
class Counts extends Metrics {
  readonly ended: [string, string][] = [];
  readonly lost: string[] = [];
  claims = 0;
  reportedSteps = 0;
  reconnections = 0;

  override claimed(steps: number): void {
    this.claims += steps;
  }
  override stepEnded(claim: Claim, outcome: string): void {
    this.ended.push([claim.stepName, outcome]);
  }
  override leaseEnded(_: Claim, reason: string): void {
    this.lost.push(reason);
  }
  override reported(steps: number): void {
    this.reportedSteps += steps;
  }
  override reconnected(): void {
    this.reconnections++;
  }
}

async function allAre({ state }: Fixture, tasks: number[], wanted: string): Promise<boolean> {
  try {
    const states = await Promise.all(tasks.map(state));
    return states.every((found) => found === wanted);
  } catch (error) {
    if (error instanceof ConnectionLost) return false;
    throw error;
  }
}

// Each of three handlers waits for the other two.
serverTest("worker: handlers run at once", async (fixture) => {
  let begun = 0;
  await fixture.register(["a", "b", "c"]);
  for (const name of ["a", "b", "c"]) {
    fixture.handlers.register(name, async () => {
      begun++;
      await becomes("all have begun", () => begun === 3);
      return begun;
    });
  }
  const task = await fixture.create();
  await running(fixture.worker({ concurrency: 3 }), () =>
    becomes("complete", () => allAre(fixture, [task], "complete")),
  );
});

// Without filters, a worker claims the steps that its handlers can execute.
serverTest("worker: filters", async (fixture) => {
  const name = "known_to_node";
  await fixture.register([name, "unknown"]);
  fixture.handlers.register(name, () => 1);
  const task = await fixture.create();
  await running(new Worker(fixture.database, fixture.handlers), () =>
    becomes("complete", async () => (await fixture.stepStates(task))[name] === "complete"),
  );
  assert.equal((await fixture.stepStates(task)).unknown, "pending");
  assert.deepEqual(await fixture.history(await fixture.stepId(task, "unknown")), []);
});

for (const batchSize of [1, 5]) {
  serverTest(`worker: a stuck handler gives up its place with batch size ${batchSize}`, async (fixture) => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    fixture.cleanup(() => release());
    await fixture.register([{ name: "stuck", timeout_seconds: 1 }]);
    fixture.handlers.register("stuck", async (_, __, step) => {
      if (step.attempt === 1) await released;
      return step.attempt;
    });
    const task = await fixture.create();
    const worker = fixture.worker({ grace: 0.1, shutdownTimeout: 1, batchSize });
    await running(worker, async () => {
      await becomes("complete", () => allAre(fixture, [task], "complete"));
      assert.equal(worker.stuck, 1);
      release();
      await becomes("it has returned", () => worker.stuck === 0);
    });
    assert.deepEqual(await fixture.client.stepResults(task), { stuck: 2 });
  });
}

serverTest("worker: too many stuck handlers end it", async (fixture) => {
  await fixture.register([{ name: "stuck", timeout_seconds: 1, default_retry_limit: 1 }]);
  fixture.handlers.register("stuck", () => new Promise(() => {}));
  await fixture.create();
  const worker = fixture.worker({ grace: 0.1, shutdownTimeout: 1, mostStuck: 1 });
  await assert.rejects(worker.run({ handleSignals: false }), /have not returned/);
});

serverTest("worker: sleep, signals and callbacks end with the lease", async (fixture) => {
  const reasons: string[] = [];
  await fixture.register(["long"]);
  fixture.handlers.register("long", async (task, _, step) => {
    step.onStop((reason) => reasons.push(reason));
    await fixture.client.cancelTask(task.taskId);
    try {
      await step.sleep(600);
    } catch (error) {
      step.onStop((reason) => reasons.push(`late ${reason}`));
      reasons.push(`threw ${(error as StepStopped).reason}`);
      assert.ok(step.signal.reason instanceof StepStopped);
      throw error;
    }
  });
  const task = await fixture.create();
  const metrics = new Counts();
  await running(fixture.worker({ lease: 1, metrics }), () => becomes("stopped", () => metrics.ended.length > 0));
  assert.deepEqual(reasons, ["cancelled", "late cancelled", "threw cancelled"]);
  assert.deepEqual(metrics.ended, [["long", "abandoned"]]);
  assert.deepEqual(metrics.lost, ["cancelled"]);
  assert.deepEqual(await fixture.stepStates(task), { long: "cancelled" });
});

// All connections end while a handler runs, and while the claim waits: the worker repeats what it sent.
serverTest("worker: lost connections", async (fixture) => {
  await fixture.register(["first", { name: "second", depends_on_step: "first" }]);
  for (const name of ["first", "second"]) {
    fixture.handlers.register(name, async (_, __, step) => {
      await becomes("a claim waits", async () => (await superuser(CLAIMS))[0]?.[0] === "1");
      await superuser(TERMINATE);
      return step.attempt;
    });
  }
  const metrics = new Counts();
  for (const batchSize of [1, 4]) {
    const tasks: number[] = [];
    await running(fixture.worker({ concurrency: 3, batchSize, metrics, name: "cut off node" }), async () => {
      // Creations are not repeated, and the handlers end the connections of this test too.
      const apart = appDatabase({}, { user: "postgres" });
      fixture.cleanup(() => apart.close());
      for (let n = 0; n < 2; n++) {
        const rows = await apart.call("tasker_create_task", ["order", {}, fixture.namespace]);
        tasks.push(rows[0]?.task_id as number);
      }
      await becomes("complete", () => allAre(fixture, tasks, "complete"));
    });
    for (const task of tasks) assert.deepEqual(await fixture.client.stepResults(task), { first: 1, second: 1 });
  }
  assert.ok(metrics.reconnections > 0);
});

/** Runs calls, and loses some of the answers with the connection. */
class LosingDatabase extends Database {
  answersToLose = 0;

  protected override async run(connection: Connection, statement: string): Promise<Row[]> {
    const rows = await super.run(connection, statement);
    if (this.answersToLose > 0 && statement.includes("tasker_")) {
      this.answersToLose--;
      throw new ConnectionLost("the connection was lost");
    }
    return rows;
  }
}

// The database completes the step, and the answer does not arrive: the repeated call changes nothing.
serverTest("worker: an answer that is lost", async (fixture) => {
  await fixture.register(["one", "two", "three"]);
  const task = await fixture.create();
  const rows = await fixture.database.call("tasker_claim_steps", ["w", 3], { namespaces: [fixture.namespace] });
  const losing = new LosingDatabase({ user: "app" }, { schema: SCHEMA, logger: fixture.database.logger });
  fixture.cleanup(() => losing.close());
  await losing.extensionSchema();
  const outcomes: Record<string, Outcome> = {
    one: { kind: "completed", results: '{"paid": true}' },
    two: { kind: "failed", error: '{"message": "no"}', retryable: true, retryAfter: null },
    three: { kind: "released", reason: "later" },
  };
  for (const claim of rows.map(claimFromRow)) {
    losing.answersToLose = 1;
    const repeated = await report(claim, outcomes[claim.stepName] as Outcome, losing);
    assert.equal(losing.answersToLose, 0);
    assert.equal(repeated, claim.stepName !== "three");
  }
  assert.deepEqual(await fixture.stepStates(task), { one: "complete", two: "error", three: "pending" });
  assert.equal((await fixture.history(await fixture.stepId(task, "one"))).length, 2);
  assert.deepEqual((await fixture.client.stepResults(task)).one, { paid: true });
});

serverTest("worker: no endless repetition", async ({ database }) => {
  const nowhere = new Database({ host: "/nonexistent" }, { reconnectFor: 0.2, logger: database.logger });
  await assert.rejects(nowhere.call("tasker_maintain", [], {}, { repeat: true }), ConnectionLost);
  const ending = new AbortController();
  ending.abort();
  const patient = new Database({ host: "/nonexistent" }, { reconnectFor: 3600, logger: database.logger });
  const giveUp = ending.signal;
  await assert.rejects(patient.execute("SELECT 1", { repeat: true, giveUp }), ConnectionLost);
  await nowhere.close();
  await assert.rejects(nowhere.execute("SELECT 1", { repeat: true }), /closed/);
});

serverTest("worker: a late one changes nothing", async (fixture) => {
  await fixture.register(["long"]);
  const task = await fixture.create();
  const namespaces = [fixture.namespace];
  const [row] = await fixture.database.call("tasker_claim_steps", ["w"], { namespaces });
  const late = claimFromRow(row as Row);
  await fixture.database.call("tasker_release_step", [late.workflowStepId, uuid(late.claimToken)]);
  await fixture.database.call("tasker_claim_steps", ["other"], { namespaces });
  await assert.rejects(report(late, { kind: "completed", results: "1" }, fixture.database), LeaseLost);
  assert.deepEqual(await fixture.stepStates(task), { long: "in_progress" });
});

serverTest("worker: results that cannot be written", async (fixture) => {
  const odd: Record<string, () => Json> = {
    function: () => () => 1,
    nan: () => Number.NaN,
    promise: () => [Promise.resolve(1)],
  };
  await fixture.register(Object.keys(odd).map((name) => ({ name, default_retry_limit: 1 })));
  for (const [name, handler] of Object.entries(odd)) fixture.handlers.register(name, handler);
  const task = await fixture.create();
  await running(fixture.worker(), () => becomes("the task ends", () => allAre(fixture, [task], "error")));
  const results = await fixture.client.stepResults(task);
  const classes = Object.keys(odd).map((name) => results[name].error_class as string);
  assert.deepEqual(classes, ["TypeError", "RangeError", "TypeError"]);
});

// A check of the application refuses the results: the step fails, and the worker goes on.
serverTest("worker: results that the database refuses", async (fixture) => {
  await superuser(
    "ALTER TABLE tasker_workflow_steps ADD CONSTRAINT no_secrets CHECK (NOT results @> '{\"secret\": true}')",
  );
  fixture.cleanup(() => superuser("ALTER TABLE tasker_workflow_steps DROP CONSTRAINT no_secrets"));
  await fixture.register([
    { name: "bad", default_retry_limit: 1 },
    { name: "good", depends_on_step: "first" },
    "first",
  ]);
  fixture.handlers
    .register("bad", () => ({ secret: true }))
    .register("first", () => 1)
    .register("good", () => 2);
  for (const batchSize of [1, 10]) {
    const task = await fixture.create();
    await running(fixture.worker({ batchSize }), () =>
      becomes("the task ends", () => allAre(fixture, [task], "error")),
    );
    assert.deepEqual(await fixture.stepStates(task), { bad: "error", good: "complete", first: "complete" });
    const letters = await fixture.client.deadLetters({ namespace: fixture.namespace });
    assert.equal(letters.at(-1)?.errorClass, "DatabaseError");
  }
});

serverTest("worker: a role without rights", async (fixture) => {
  await superuser("DROP ROLE IF EXISTS node_guest");
  await superuser("CREATE ROLE node_guest LOGIN");
  const guest = (schema: string) => {
    const database = new Database({ user: "node_guest" }, { schema, logger: fixture.database.logger });
    fixture.cleanup(() => database.close());
    return fixture.worker({ database }).run({ handleSignals: false });
  };
  await assert.rejects(guest("public"), (error: DatabaseError) => error.sqlstate === "42P01");
  await superuser("GRANT USAGE ON SCHEMA tasker TO node_guest");
  fixture.cleanup(() => superuser("DROP OWNED BY node_guest"));
  await assert.rejects(guest(SCHEMA), AccessDenied);
});

serverTest("worker: metrics and logs", async (fixture) => {
  const lines: Record<string, Json>[] = [];
  const database = appDatabase({
    logger: jsonLogger("info", (line) => lines.push(JSON.parse(line) as Record<string, Json>)),
  });
  fixture.cleanup(() => database.close());
  await fixture.register(["good", { name: "bad", default_retry_limit: 1 }]);
  fixture.handlers
    .register("good", () => 1)
    .register("bad", () => {
      throw new PermanentError("no");
    });
  const task = await fixture.create();
  const metrics = new Counts();
  await running(fixture.worker({ database, metrics }), () =>
    becomes("the task ends", () => allAre(fixture, [task], "error")),
  );
  assert.deepEqual(metrics.ended.sort(), [
    ["bad", "failed"],
    ["good", "completed"],
  ]);
  assert.deepEqual([metrics.reportedSteps, metrics.claims], [2, 2]);
  const ended = lines.find((line) => line.outcome === "completed");
  assert.deepEqual([ended?.task_id, ended?.step_name, ended?.attempt], [task, "good", 1]);
  assert.ok(lines.some((line) => String(line.exception).includes("PermanentError: no")));
});

// A completion that PostgreSQL ends with 55P03 is repeated, and does not become a failure.
serverTest("worker: a lock passes", async (fixture) => {
  await fixture.register(["one"]);
  const task = await fixture.create();
  const [row] = await fixture.database.call("tasker_claim_steps", ["w"], { namespaces: [fixture.namespace] });
  const connection = new pg.Client({ user: "app" });
  await connection.connect();
  fixture.cleanup(() => connection.end());
  await connection.query("BEGIN");
  await connection.query("SELECT FROM tasker.tasker_workflow_steps WHERE task_id = $1 FOR UPDATE", [task]);
  const lines: string[] = [];
  const impatient = appDatabase({ reconnectFor: 60, logger: jsonLogger("warn", (line) => lines.push(line)) });
  fixture.cleanup(() => impatient.close());
  impatient.settings.lock_timeout = "10ms";
  const reported = report(claimFromRow(row as Row), { kind: "completed", results: "1" }, impatient);
  await becomes("it repeats", () => lines.length > 1);
  assert.ok(lines.every((line) => line.includes("a call is repeated")));
  await connection.query("COMMIT");
  assert.equal(await reported, false);
  assert.deepEqual(await fixture.stepStates(task), { one: "complete" });
});

// A claim waits longer than the limit that its role has for statements.
serverTest("worker: a limit for statements", async (fixture) => {
  const limited = appDatabase({}, { options: "-c statement_timeout=300" });
  fixture.cleanup(() => limited.close());
  const name = "limited node";
  const waits =
    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE $1 AND state = 'active' AND usename = 'app'" +
    " AND clock_timestamp() - query_start > '1 s'";
  await running(fixture.worker({ database: limited, name }), () =>
    becomes("it waits", async () => (await superuser(waits, [`%${name}%`]))[0]?.[0] === "1"),
  );
});

// Heartbeats come in time, whichever lease the timer waits for, and if that one is gone by then.
serverTest("worker: a short lease after a long one", async (fixture) => {
  const beats: string[] = [];
  class Remembers extends Database {
    override async call(_name: string, places: readonly unknown[] = []): Promise<Row[]> {
      const tokens = (places[0] as { text: string }[]).map(({ text }) => text);
      beats.push(...tokens);
      const now = new Date();
      const until = new Date(now.getTime() + 3_600_000);
      return tokens.map((token) => ({ claim_token: token, status: "held", lease_until: until, server_time: now }));
    }
  }
  const heartbeats = new Heartbeats(new Remembers({}, {}));
  fixture.cleanup(() => heartbeats.close());
  const serverTime = new Date();
  const [long, short, gone, later] = Object.entries({ long: 3600, short: 0.2, gone: 0.4, later: 1 }).map(
    ([claimToken, lease]) =>
      ({ claimToken, serverTime, leaseUntil: new Date(serverTime.getTime() + lease * 1000) }) as Claim,
  ) as [Claim, Claim, Claim, Claim];
  heartbeats.add(long);
  await sleep(200);
  heartbeats.add(short);
  await becomes("the short one", () => beats.includes("short"));
  await sleep(200);
  heartbeats.add(gone);
  heartbeats.remove(gone);
  heartbeats.add(later);
  await becomes("the later one", () => beats.includes("later"));
  assert.deepEqual(beats, ["short", "later"]);
});

// Hooks, errors and callbacks that fail end neither the worker nor the heartbeats.
serverTest("worker: errors that cannot be described", async (fixture) => {
  class Odd extends Error {
    override get message(): string {
      throw new RangeError("no text");
    }
  }
  class Wrong extends Metrics {
    override stepEnded(): void {
      throw new RangeError("no metrics");
    }
    override leaseEnded(): void {
      throw new RangeError("no metrics");
    }
    override reported(): void {
      throw new RangeError("no metrics");
    }
  }
  const { client } = fixture;
  const handlers: Record<string, Process> = {
    odd: () => {
      throw new Odd();
    },
    infinite: () => {
      throw new RetryableError("never", { retryAfter: Infinity });
    },
    cancelled: async (_, __, step) => {
      step.onStop((reason) => step.reportProgress(reason));
      await client.cancelStep(step.workflowStepId);
      await becomes("stopped", () => step.isStopped);
    },
    long: (_, __, step) =>
      becomes(
        "heartbeats go on",
        async () => (await client.explainStep(step.workflowStepId)).lease.heartbeat_at as unknown,
      ),
  };
  const names = Object.keys(handlers);
  await fixture.register(names.map((name) => ({ name, default_retry_limit: 1 })));
  for (const name of names) fixture.handlers.register(name, handlers[name] as Process);
  const task = await fixture.create();
  for (const batchSize of [1, 2]) {
    await running(fixture.worker({ lease: 1, metrics: new Wrong(), batchSize }), () =>
      becomes("all have ended", async () => (await fixture.stepStates(task)).long === "complete"),
    );
  }
  const states = { odd: "error", infinite: "error", cancelled: "cancelled", long: "complete" };
  assert.deepEqual(await fixture.stepStates(task), states);
});

// The database refuses the release: the step has failed, and is not silent until its lease expires.
serverTest("worker: a wait that is not valid", async (fixture) => {
  const waits: Record<string, number> = { early: -1, never: Number.NaN };
  await fixture.register(Object.keys(waits).map((name) => ({ name, default_retry_limit: 1 })));
  for (const [name, runAfter] of Object.entries(waits)) {
    fixture.handlers.register(name, () => {
      throw new PostponeStep("later", { runAfter });
    });
  }
  const task = await fixture.create();
  await running(fixture.worker(), () => becomes("the task ends", () => allAre(fixture, [task], "error")));
  const results = await fixture.client.stepResults(task);
  assert.deepEqual([results.early.error_class, results.never.error_class], ["InvalidArgument", "InvalidArgument"]);
});

// Workers that stop at any moment leave no step behind: each runs once, and no lease has to expire.
serverTest("worker: many shutdowns", async (fixture) => {
  await fixture.register(["first", { name: "second", depends_on_step: "first" }]);
  const runs: number[] = [];
  for (const name of ["first", "second"]) {
    fixture.handlers.register(name, (_, __, step) => void runs.push(step.workflowStepId));
  }
  const { namespace } = fixture;
  const made = await fixture.client.createTasks(Array.from({ length: 30 }, () => ({ taskName: "order", namespace })));
  const tasks = made.map((task) => task.taskId);
  for (let number = 0; !(await allAre(fixture, tasks, "complete")); number++) {
    const batchSize = [1, 2, 10][number % 3] as number;
    const concurrency = [1, 4][number % 2] as number;
    await running(fixture.worker({ batchSize, concurrency, lease: 3600, name: String(number) }), () =>
      sleep(Math.random() * 200),
    );
  }
  assert.deepEqual([runs.length, new Set(runs).size], [60, 60]);
  const steps = await fixture.client.findSteps({ namespace, maxRows: 1000 });
  assert.deepEqual(new Set(steps.map((step) => `${step.currentState} ${step.attempts}`)), new Set(["complete 1"]));
});

serverTest("worker: it runs once", async (fixture) => {
  const worker = fixture.worker();
  worker.stop();
  await worker.run({ handleSignals: false });
  await assert.rejects(worker.run({ handleSignals: false }), /runs once/);
  assert.throws(() => fixture.worker({ concurrency: 0 }), RangeError);
});

// Neither the search path nor a setting of a call stays in the session.
serverTest("worker: calls hold no state", async () => {
  const pool = new pg.Pool({ user: "app", max: 1 });
  const database = new Database(pool, { schema: SCHEMA });
  database.settings["tasker_core.default_lease"] = "7s";
  assert.deepEqual(await database.call("tasker_claim_steps", ["w"], { namespaces: ["nowhere"] }), []);
  await database.close();
  const shown = async (name: string) =>
    Object.values((await pool.query(`SHOW ${name}`)).rows[0] as object)[0] as string;
  assert.equal(await shown("search_path"), '"$user", public');
  assert.equal(await shown("tasker_core.default_lease"), "5min");
  assert.equal((await pool.query("SELECT FROM pg_prepared_statements")).rowCount, 0);
  await pool.end();
});

// A handler has not ended in time: the worker says so and returns.
serverTest("worker: a shutdown that has an end", async (fixture) => {
  await fixture.register(["long"]);
  let begun = false;
  fixture.handlers.register("long", () => {
    begun = true;
    return new Promise(() => {});
  });
  const task = await fixture.create();
  await running(fixture.worker({ shutdownTimeout: 0.1 }), () => becomes("it has begun", () => begun));
  assert.deepEqual(await fixture.stepStates(task), { long: "in_progress" });
});

// The server has gone for good: the worker does not wait longer than it may.
serverTest("worker: a shutdown without a server", async (fixture) => {
  await fixture.register(["a"]);
  const pool = new pg.Pool({ user: "app" });
  fixture.cleanup(() => pool.end());
  const database = new Database(pool, { schema: SCHEMA, logger: fixture.database.logger });
  for (const batchSize of [1, 2]) {
    Object.assign(pool.options, { host: process.env.PGHOST });
    const handlers = new Handlers().register("a", async () => {
      Object.assign(pool.options, { host: "/nonexistent" });
      await superuser(TERMINATE);
    });
    const worker = fixture.worker({ database, handlers, batchSize, shutdownTimeout: 0.5 });
    const made = await retried(() => fixture.create());
    await running(worker, () =>
      becomes("it has begun", async () => {
        const { a } = await retried(() => fixture.stepStates(made));
        return a === "in_progress" && (pool.options as pg.PoolConfig).host === "/nonexistent";
      }),
    );
    assert.deepEqual(await retried(() => fixture.stepStates(made)), { a: "in_progress" });
    await retried(() => fixture.client.cancelTask(made));
  }
});

/** The test's own connections end too. */
async function retried<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }
}

// The server cannot be reached at first: the worker waits for it.
serverTest("worker: a server that comes later", async (fixture) => {
  await fixture.register(["a"]);
  fixture.handlers.register("a", () => 1);
  const task = await fixture.create();
  const place = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => place.listen(0, "127.0.0.1", resolve));
  const metrics = new Counts();
  const connections: pg.PoolConfig = { host: "127.0.0.1", port: (place.address() as { port: number }).port };
  const pool = new pg.Pool({ user: "app", ...connections });
  const database = new Database(pool, { schema: SCHEMA, logger: fixture.database.logger });
  fixture.cleanup(() => pool.end());
  await running(fixture.worker({ database, metrics }), async () => {
    await becomes("it has tried", () => metrics.reconnections > 1);
    place.close();
    Object.assign(pool.options, { host: process.env.PGHOST, port: Number(process.env.PGPORT) });
    await becomes("complete", () => allAre(fixture, [task], "complete"));
  });
});

// What the server says right after it is ready comes before anything in this process can listen to the connection.
serverTest("worker: a connection that ends as it begins", async (fixture) => {
  const fields = ["SFATAL", "VFATAL", "C57P01", "Mterminating connection due to administrator command", ""];
  const error = Buffer.from(fields.map((field) => `${field}\0`).join(""));
  const message = (type: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    return Buffer.concat([Buffer.from(type), length, body]);
  };
  const answer = Buffer.concat([message("R", Buffer.alloc(4)), message("Z", Buffer.from("I")), message("E", error)]);
  const server = createServer((socket) => socket.once("data", () => socket.end(answer)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const connections = { host: "127.0.0.1", port, user: "app", password: "", ssl: false };
  const database = new Database(connections, { reconnectFor: 0, logger: fixture.database.logger });
  fixture.cleanup(() => database.close());
  fixture.cleanup(() => server.close());
  await assert.rejects(database.execute("SELECT 1"), ConnectionLost);
});

// In transaction mode: long poll, heartbeats, batches, and a shutdown that cancels a waiting claim.
serverTest(
  "worker: behind PgBouncer",
  async (fixture) => {
    await fixture.register(["first", { name: "second", depends_on_step: "first" }]);
    for (const name of ["first", "second"]) {
      fixture.handlers.register(name, async (_, __, step) => {
        if (step.name === "first") await step.sleep(2);
        return step.attempt;
      });
    }
    const pooled = appDatabase({}, { port: Number(BOUNCER_PORT) });
    fixture.cleanup(() => pooled.close());
    const tasks: number[] = [];
    const single = fixture.worker({ database: pooled, lease: 1, concurrency: 2 });
    const batches = fixture.worker({ database: pooled, lease: 1, batchSize: 4 });
    await running(single, () =>
      running(batches, async () => {
        for (let n = 0; n < 6; n++) tasks.push(await fixture.create());
        await becomes("complete", () => allAre(fixture, tasks, "complete"));
      }),
    );
    for (const task of tasks) assert.deepEqual(await fixture.client.stepResults(task), { first: 1, second: 1 });
    // PgBouncer outlives cancelled claims.
    const waiting =
      "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pooled node%' AND usename = 'app' AND state = 'active'";
    for (let n = 0; n < 3; n++) {
      await running(fixture.worker({ database: pooled, name: `pooled node ${n}` }), () =>
        becomes("it waits", async () => (await superuser(waiting))[0]?.[0] === "1"),
      );
    }
    assert.deepEqual(await pooled.execute("SELECT 1 AS one"), [{ one: 1 }]);
  },
  { skip: BOUNCER_PORT === undefined && "PgBouncer is not installed" },
);
