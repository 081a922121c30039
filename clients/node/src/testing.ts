/**
 * For tests: run workflows without workers, move the clock, and make tasks in any state.
 *
 * The clock and the test kit need a superuser, or the right to set `tasker_core.fake_now` and `tasker_core.testkit`.
 */

import { type Database, send } from "./database.js";
import type { Json } from "./documents.js";
import { execute, reportSafely } from "./execution.js";
import type { Handlers } from "./handler.js";
import { Metrics } from "./metrics.js";
import { json, seconds, uuid } from "./sql.js";
import { Stop, claimFromRow, traceContexts } from "./steps.js";

const FAKE_NOW = "tasker_core.fake_now";

/** Replaces the clock of the extension in all calls of a Database, until it is closed. */
export class FakeClock {
  readonly #database: Database;
  #now = new Date(0);

  /** A text is ISO 8601, with a zone. Throws RangeError for anything else. */
  constructor(database: Database, now: Date | string) {
    this.#database = database;
    this.set(now);
  }

  get now(): Date {
    return new Date(this.#now);
  }

  /** Sets the time; a text is ISO 8601, with a zone. Throws RangeError for anything else. */
  set(now: Date | string): void {
    if (typeof now === "string" && !/(?:Z|[+-]\d\d:?\d\d)$/.test(now)) throw new RangeError("the time needs a zone");
    const time = new Date(now);
    if (Number.isNaN(time.getTime())) throw new RangeError(`${String(now)} is no time`);
    this.#now = time;
    this.#database.settings[FAKE_NOW] = time.toISOString();
  }

  /** Moves the clock forward, by seconds. */
  advance(duration: number): void {
    this.set(new Date(this.#now.getTime() + duration * 1000));
  }

  /** Goes back to the real time. */
  close(): void {
    delete this.#database.settings[FAKE_NOW];
  }
}

/** A step that {@link drain} has executed. */
export interface Drained {
  taskId: number;
  stepName: string;
  attempt: number;
  /** `completed`, `failed`, `released` or `abandoned`. */
  outcome: string;
}

export interface DrainOptions {
  /** Executes only the steps of this task. */
  taskId?: number;
  /** Is moved to the next time for which the task waits, for example the end of a backoff. It needs a `taskId`. */
  clock?: FakeClock;
  /** 10,000 by default. */
  most?: number;
}

/**
 * Executes ready steps, one after another, until none is ready; returns them in their order.
 *
 * Throws HandlerMissing if a step has no handler, Error after `most` steps, and DatabaseError.
 */
export async function drain(database: Database, handlers: Handlers, options: DrainOptions = {}): Promise<Drained[]> {
  const { taskId, clock, most = 10_000 } = options;
  if (clock !== undefined && taskId === undefined) throw new TypeError("a clock needs a taskId");
  const done: Drained[] = [];
  for (;;) {
    let [row] = await database.call("tasker_claim_steps", ["drain"], { taskId });
    if (row === undefined) {
      // A claim without rows has perhaps done due work, which the next one finds.
      await database.call("tasker_maintain");
      [row] = await database.call("tasker_claim_steps", ["drain"], { taskId });
    }
    if (row === undefined) {
      if (clock === undefined || taskId === undefined || !(await advance(database, clock, taskId))) return done;
      continue;
    }
    const claim = claimFromRow(row);
    try {
      if (done.length >= most) throw new Error(`more than ${most} steps were executed`);
      handlers.find(claim);
    } catch (error) {
      await database.call("tasker_release_step", [claim.workflowStepId, uuid(claim.claimToken)]);
      throw error;
    }
    const stop = new Stop();
    const trace = (await traceContexts(database, [claim.taskId])).get(claim.taskId);
    const outcome = await execute(claim, { database, handlers, stop, metrics: new Metrics(), trace });
    const { kind } = await reportSafely(claim, outcome, database, stop);
    done.push({ taskId: claim.taskId, stepName: claim.stepName, attempt: claim.attempt, outcome: kind });
  }
}

/** Moves the clock to the next time that counts for the task; returns whether there is one. */
async function advance(database: Database, clock: FakeClock, taskId: number): Promise<boolean> {
  const [plan] = await database.call("tasker_plan_task", [taskId]);
  const steps = await database.call("tasker_find_steps", [], { taskId });
  const now = clock.now.getTime();
  const times = steps.flatMap((row) =>
    row.next_eligible_at === null ? [] : [(row.next_eligible_at as Date).getTime()],
  );
  const later = times.filter((time) => time > now);
  if (later.length > 0) {
    // A Date has milliseconds, and PostgreSQL has microseconds: the next one is surely not too early.
    clock.set(new Date(Math.min(...later) + 1));
    return true;
  }
  const waits = steps.some((row) => row.blocking_reason === "waiting_for_time");
  if (plan?.action === "reenqueue" && plan.reason === "awaiting_dependencies" && plan.delay && waits) {
    clock.advance(plan.delay as number);
    return true;
  }
  return false;
}

/** Makes tasks of known shapes, in any state (docs/testkit.md). */
export class TestKit {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async #value(name: string, places: unknown[], named: Record<string, unknown> = {}): Promise<unknown> {
    const statement = await this.#database.statement(name, places, named);
    // Only these calls have the setting, not those that are under test.
    const rows = await this.#database.transaction(async (connection) => {
      await send(connection, "SELECT pg_catalog.set_config('tasker_core.testkit', 'on', true)");
      return this.#database.execute(statement, { connection });
    });
    return Object.values(rows[0] ?? {})[0];
  }

  /** Creates a task of a pattern, for example `diamond`, and returns its id. */
  async task(pattern: string, context: Json = {}, namespace = "testkit"): Promise<number> {
    return Number(await this.#value("tasker_testkit_task", [pattern, json(context), namespace]));
  }

  /** Gives a step a state and the history that leads to it, `age` seconds ago. */
  async setStep(
    workflowStepId: number,
    state: string,
    options: { attempts?: number; age?: number; results?: Json; backoffRequestSeconds?: number } = {},
  ): Promise<void> {
    const { attempts, age = 0, results, backoffRequestSeconds } = options;
    const named = { attempts, age: seconds(age), results: json(results), backoffRequestSeconds };
    await this.#value("tasker_testkit_set_step", [workflowStepId, state], named);
  }

  /** Gives a task a state and the history that leads to it, `age` seconds ago. */
  async setTask(taskId: number, state: string, options: { age?: number } = {}): Promise<void> {
    await this.#value("tasker_testkit_set_task", [taskId, state], { age: seconds(options.age ?? 0) });
  }
}
