/**
 * What the tests share.
 *
 * The server is that of PGHOST, PGPORT and PGDATABASE, with an installation in the schema "tasker". PGUSER is a superuser; the role
 * "app" owns the installation, and its search path does not find it.
 */

import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import {
  Client,
  type CreateOptions,
  Database,
  type DatabaseOptions,
  Handlers,
  type Json,
  Worker,
  type WorkerOptions,
  jsonLogger,
} from "../src/index.js";
import { FakeClock } from "../src/testing.js";

export const SCHEMA = "tasker";
/** The sources: tests run where they were compiled. */
const REPOSITORY = process.env.REPOSITORY ?? path.resolve("../..");
export const CONFORMANCE = path.join(REPOSITORY, "clients/conformance/cases.json");
export const TEMPLATES = path.join(REPOSITORY, "tests/fixtures/templates");
export const BOUNCER_PORT = process.env.BOUNCER_PORT;

const quiet = jsonLogger("error", () => {});

/** As the role of an application. */
export function appDatabase(options: DatabaseOptions = {}, connections: pg.PoolConfig = {}): Database {
  return new Database({ user: "app", ...connections }, { schema: SCHEMA, logger: quiet, ...options });
}

/** Waits until something is true; fails after a minute. */
export async function becomes(what: string, isTrue: () => unknown, seconds = 60): Promise<void> {
  const until = performance.now() + seconds * 1000;
  while (!(await isTrue())) {
    if (performance.now() > until) throw new Error(`${what} has not become true`);
    await sleep(20);
  }
}

/** Values as PostgreSQL writes them. */
export const asText = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** Runs a statement, with the installation in the search path, and returns the rows as texts. */
async function query(
  user: string | undefined,
  statement: string,
  values: unknown[] = [],
): Promise<(string | null)[][]> {
  const connection = new pg.Client({ options: `-c search_path=${SCHEMA},public`, ...(user ? { user } : {}) });
  // A test may end all connections.
  connection.on("error", () => {});
  await connection.connect();
  try {
    const result = await connection.query({ text: statement, values, types: asText, rowMode: "array" });
    return result.rows as (string | null)[][];
  } finally {
    await connection.end();
  }
}

export const asApp = (statement: string, values?: unknown[]) => query("app", statement, values);
export const superuser = (statement: string, values?: unknown[]) => query(undefined, statement, values);

export interface Fixture {
  database: Database;
  client: Client;
  namespace: string;
  handlers: Handlers;
  /** Registers a template; a text is a step without parents. */
  register(steps: (string | Record<string, Json>)[], more?: Record<string, Json>): Promise<void>;
  create(context?: Json, options?: CreateOptions & { name?: string }): Promise<number>;
  /** No other task is due: those that other tests have left are cancelled. */
  createAlone(): Promise<number>;
  state(taskId: number): Promise<string | undefined>;
  stepStates(taskId: number): Promise<Record<string, string>>;
  stepId(taskId: number, stepName: string): Promise<number>;
  /** The states of a step, in their order. */
  history(stepId: number): Promise<string[]>;
  worker(options?: WorkerOptions & { database?: Database; handlers?: Handlers }): Worker;
  /** Calls the function at the end of the test. */
  cleanup(end: () => unknown): void;
}

/** A test with a database, a client, and a namespace of its own. */
export function serverTest(
  name: string,
  run: (fixture: Fixture) => Promise<void>,
  options: { skip?: string | false } = {},
): void {
  test(name, options.skip ? { skip: options.skip } : {}, async () => {
    const ends: (() => unknown)[] = [];
    const database = appDatabase();
    ends.push(() => database.close());
    const client = new Client(database);
    const namespace = name.replace(/\W+/g, "_");
    const handlers = new Handlers();
    const findStep = async (taskId: number, stepName: string) => {
      const [step] = await client.findSteps({ taskId, stepName });
      assert.ok(step, `task ${taskId} has no step ${stepName}`);
      return step;
    };
    const fixture: Fixture = {
      database,
      client,
      namespace,
      handlers,
      async register(steps, more = {}) {
        const step_templates = steps.map((step) => (typeof step === "string" ? { name: step } : step));
        await client.registerTask({ name: "order", namespace_name: namespace, step_templates, ...more });
      },
      async create(context = {}, { name: task = "order", ...more } = {}) {
        return (await client.createTask(task, context, { namespace, ...more })).taskId;
      },
      async createAlone() {
        for (const { taskId } of await client.findTasks({ active: true, maxRows: 10_000 })) {
          await client.cancelTask(taskId);
        }
        return fixture.create();
      },
      state: async (taskId) => (await client.task(taskId))?.currentState,
      async stepStates(taskId) {
        const steps = await client.findSteps({ taskId });
        return Object.fromEntries(steps.map((step) => [step.stepName, step.currentState]));
      },
      stepId: async (taskId, stepName) => (await findStep(taskId, stepName)).workflowStepId,
      async history(stepId) {
        return (await database.call("tasker_step_history", [stepId])).map((row) => row.to_state as string);
      },
      worker({ database: other, handlers: others, ...more } = {}) {
        return new Worker(other ?? database, others ?? handlers, {
          filters: { namespaces: [namespace] },
          lease: 60,
          ...more,
        });
      },
      cleanup: (end) => void ends.push(end),
    };
    try {
      await run(fixture);
    } finally {
      for (const end of ends.reverse()) await end();
    }
  });
}

/** Runs a worker while a function runs, and stops it. */
export async function running(worker: Worker, meanwhile: () => Promise<void>): Promise<void> {
  const ended = worker.run({ handleSignals: false });
  // It is awaited below; until then, its error is no unhandled one.
  ended.catch(() => {});
  try {
    await meanwhile();
  } finally {
    worker.stop();
    const late = Symbol("late");
    const first = await Promise.race([ended, sleep(90_000, late, { ref: false })]);
    assert.notEqual(first, late, "the worker does not stop");
  }
}

/** A clock, and the database in which it runs. */
export async function withClock(
  run: (database: Database, clock: FakeClock) => Promise<void>,
  now = "2030-01-31T12:00:00Z",
): Promise<void> {
  const database = new Database({}, { schema: SCHEMA, logger: quiet });
  const clock = new FakeClock(database, now);
  try {
    await run(database, clock);
  } finally {
    clock.close();
    await database.close();
  }
}
