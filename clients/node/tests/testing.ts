/** What applications test with: drain, the clock, the test kit; jobs; traces. */

import assert from "node:assert/strict";

import { SpanKind, SpanStatusCode, context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import PgBoss from "pg-boss";

import {
  Client,
  Database,
  HandlerMissing,
  type Job,
  Orchestrator,
  type Queue,
  RetryableError,
  runTask,
} from "../src/index.js";
import { BullMQQueue, bullMQProcessor } from "../src/queues/bullmq.js";
import { MemoryQueue } from "../src/queues/memory.js";
import { PgBossQueue, pgBossHandler } from "../src/queues/pg-boss.js";
import { TestKit, drain } from "../src/testing.js";
import { type Fixture, SCHEMA, becomes, serverTest, superuser, withClock } from "./support.js";

serverTest("drain: in the order of the steps", async ({ register, handlers, create, database, state }) => {
  await register(["a", { name: "b", depends_on_step: "a" }, { name: "c", depends_on_step: "b" }]);
  for (const name of ["a", "b", "c"]) handlers.register(name, () => name);
  const task = await create();
  const other = await create();
  const done = await drain(database, handlers, { taskId: task });
  assert.deepEqual(
    done,
    ["a", "b", "c"].map((stepName) => ({ taskId: task, stepName, attempt: 1, outcome: "completed" })),
  );
  assert.deepEqual([await state(task), await state(other)], ["complete", "pending"]);
});

// Retries and waits pass at once.
serverTest("drain: with a clock", async ({ register, handlers, namespace }) => {
  const wait = { name: "wait", depends_on_step: "flaky", wait: { seconds: 3600 } };
  await register(["flaky", wait, { name: "after", depends_on_step: "wait" }]);
  handlers.register("flaky", (_, __, step) => {
    if (step.attempt < 3) throw new RetryableError("busy", { retryAfter: 600 });
    return step.attempt;
  });
  handlers.register("after", (_, sequence) => Object.keys(sequence.parentResults));
  let used: Database | undefined;
  await withClock(async (database, clock) => {
    used = database;
    const client = new Client(database);
    const { taskId } = await client.createTask("order", {}, { namespace });
    const first = await drain(database, handlers, { taskId });
    assert.deepEqual(
      first.map((one) => one.outcome),
      ["failed"],
    );
    const began = clock.now.getTime();
    const done = await drain(database, handlers, { taskId, clock });
    assert.deepEqual(
      done.map((one) => one.stepName),
      ["flaky", "flaky", "after"],
    );
    const passed = (clock.now.getTime() - began) / 1000;
    assert.ok(passed >= 600 + 600 + 3600 && passed < 600 + 600 + 3700, String(passed));
    assert.deepEqual((await client.stepResults(taskId)).after, ["wait"]);
    await assert.rejects(drain(database, handlers, { clock }), TypeError);
    for (const wrong of ["2030-01-31T12:00:00", "soon Z", new Date(Number.NaN)])
      assert.throws(() => clock.set(wrong), RangeError);
  });
  assert.deepEqual(used?.settings, {});
});

serverTest("drain: a missing handler", async ({ register, handlers, create, database, stepStates }) => {
  await register(["a"]);
  const task = await create();
  await assert.rejects(drain(database, handlers, { taskId: task }), HandlerMissing);
  assert.deepEqual(await stepStates(task), { a: "pending" });
});

serverTest("drain: a workflow without an end", async ({ register, handlers, create, database }) => {
  await register(["a"]);
  handlers.register({ handlerClass: "Any" }, () => 1);
  for (let length = 1; length < 9; length++) {
    handlers.register(
      "a".repeat(length),
      async (_, __, step) => void (await step.addSteps([{ name: `a${step.name}` }])),
    );
  }
  const task = await create();
  await assert.rejects(drain(database, handlers, { taskId: task, most: 5 }), /more than 5 steps/);
});

serverTest("test kit: a task in any state", async ({ client, cleanup, state }) => {
  const database = new Database({}, { schema: SCHEMA });
  cleanup(() => database.close());
  const kit = new TestKit(database);
  const task = await kit.task("diamond", { order_id: 7 });
  const [step] = await client.findSteps({ taskId: task });
  await kit.setStep(step?.workflowStepId ?? 0, "error", { attempts: 3, age: 3600 });
  await kit.setTask(task, "in_progress");
  const letters = await client.deadLetters({ namespace: "testkit" });
  assert.deepEqual(
    letters.map((letter) => letter.taskId),
    [task],
  );
  assert.equal(await state(task), "in_progress");
});

async function prepare({ register, handlers, createAlone }: Fixture): Promise<number> {
  await register(["a", { name: "b", depends_on_step: "a" }]);
  handlers.register("a", () => 1).register("b", () => 2);
  return createAlone();
}

serverTest("queue: in memory", async (fixture) => {
  const { database, handlers, state } = fixture;
  const task = await prepare(fixture);
  const queue = new MemoryQueue(database, handlers);
  const orchestrator = new Orchestrator(database, queue);
  assert.equal(await orchestrator.enqueueDue(), 1);
  assert.equal(await orchestrator.enqueueDue(), 0);
  assert.deepEqual(
    queue.jobs.map((job) => [job.taskId, job.readySteps]),
    [[task, 1]],
  );
  assert.deepEqual(await queue.run(), [
    ["a", "completed"],
    ["b", "completed"],
  ]);
  assert.equal(await state(task), "complete");
  assert.equal(await orchestrator.enqueueDue(), 0);
});

// The task is due again at once.
serverTest("queue: one that refuses", async (fixture) => {
  const task = await prepare(fixture);
  const jobs: Job[] = [];
  let refuses = true;
  const queue: Queue = {
    async enqueue(job) {
      if (refuses) throw new Error("no broker");
      jobs.push(job);
    },
  };
  const orchestrator = new Orchestrator(fixture.database, queue);
  await assert.rejects(orchestrator.enqueueDue(), /no broker/);
  refuses = false;
  assert.equal(await orchestrator.enqueueDue(), 1);
  assert.equal(jobs[0]?.taskId, task);
});

// It goes on after an error of the queue, and ends when it is told to.
serverTest("queue: the loop of the orchestrator", async (fixture) => {
  const task = await prepare(fixture);
  const seen: number[] = [];
  const queue: Queue = {
    enqueue(job) {
      seen.push(job.taskId);
      if (seen.length === 1) throw new Error("no broker");
      orchestrator.stop();
    },
  };
  const orchestrator = new Orchestrator(fixture.database, queue, { wait: 1 });
  await orchestrator.run();
  assert.deepEqual(seen, [task, task]);
});

serverTest("queue: finalization by the job", async (fixture) => {
  const { database, handlers, state, cleanup } = fixture;
  const task = await prepare(fixture);
  await database.call("tasker_set_config", ["engine", { finalize: "manual" }]);
  cleanup(() => database.call("tasker_set_config", ["engine", { finalize: "auto" }]));
  assert.equal((await runTask(database, handlers, task)).length, 2);
  assert.equal(await state(task), "complete");
});

// With what BullMQ sends to Redis and calls, but without Redis.
serverTest("queue: BullMQ", async (fixture) => {
  const { database, handlers, state } = fixture;
  const task = await prepare(fixture);
  const added: unknown[][] = [];
  const bull = { add: async (...job: unknown[]) => void added.push(job) };
  const queue = new BullMQQueue(bull as never, { priority: 3 });
  assert.equal(await new Orchestrator(database, queue, { name: "o" }).enqueueDue(), 1);
  const options = { removeOnComplete: true, removeOnFail: 1000, priority: 3 };
  assert.deepEqual(added, [["run_task", { taskId: task, scheduler: "o" }, options]]);
  await bullMQProcessor(database, handlers)({ data: { taskId: task, scheduler: "o" } });
  assert.equal(await state(task), "complete");
});

serverTest("queue: pg-boss", async (fixture) => {
  const { database, handlers, state, cleanup } = fixture;
  const task = await prepare(fixture);
  // pg-boss creates a schema.
  await superuser(`GRANT CREATE ON DATABASE "${process.env.PGDATABASE}" TO app`);
  const { PGHOST: host, PGDATABASE: name, PGPORT: port } = process.env;
  const boss = new PgBoss({
    host,
    port: Number(port),
    database: name,
    user: "app",
    schema: "pgboss",
    supervise: false,
    schedule: false,
  });
  boss.on("error", () => {});
  await boss.start();
  cleanup(() => boss.stop({ graceful: false, wait: true }));
  await boss.createQueue("tasker");
  assert.equal(await new Orchestrator(database, new PgBossQueue(boss)).enqueueDue(), 1);
  await boss.work("tasker", { pollingIntervalSeconds: 0.5 }, pgBossHandler(database, handlers));
  await becomes("complete", async () => (await state(task)) === "complete");
});

// A trace from the creation of a task to its steps.
serverTest("traces: spans", async ({ register, handlers, create, database, cleanup }) => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  cleanup(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });
  await register(["good", { name: "bad", depends_on_step: "good", default_retry_limit: 1 }]);
  let inside: string | undefined;
  handlers.register("good", async () => {
    await Promise.resolve();
    inside = trace.getActiveSpan()?.spanContext().spanId;
  });
  handlers.register("bad", () => {
    throw new TypeError("no");
  });
  const tracer = trace.getTracer("test");
  const { task, checkout } = await tracer.startActiveSpan("checkout", async (span) => {
    const made = await create();
    span.end();
    return { task: made, checkout: span.spanContext() };
  });
  await drain(database, handlers, { taskId: task });
  const spans = new Map(exporter.getFinishedSpans().map((span) => [span.name, span]));
  for (const name of ["step good", "step bad"]) {
    const span = spans.get(name);
    assert.deepEqual([span?.spanContext().traceId, span?.parentSpanId], [checkout.traceId, checkout.spanId]);
    assert.deepEqual([span?.kind, span?.attributes["tasker.task_id"]], [SpanKind.CONSUMER, task]);
  }
  assert.equal(inside, spans.get("step good")?.spanContext().spanId);
  assert.deepEqual(
    spans.get("step bad")?.events.map((event) => event.name),
    ["exception"],
  );
  assert.equal(spans.get("step bad")?.status.code, SpanStatusCode.ERROR);
});
