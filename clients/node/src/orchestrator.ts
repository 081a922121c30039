/** Tasks as jobs of another framework: an orchestrator enqueues them, and {@link runTask} is the job. */

import { setTimeout as sleep } from "node:timers/promises";

import type { Database, Row } from "./database.js";
import { ConnectionLost, DatabaseError } from "./errors.js";
import { execute, reportSafely } from "./execution.js";
import type { Handlers } from "./handler.js";
import { Heartbeats } from "./heartbeats.js";
import { Metrics } from "./metrics.js";
import { seconds } from "./sql.js";
import { claimFromRow } from "./steps.js";
import { defaultName } from "./worker.js";

/** A task that has something to do. */
export interface Job {
  taskId: number;
  namespace: string;
  taskName: string;
  /** `ready_steps_available`, `all_steps_complete` or `steps_in_error_state`. */
  reason: string;
  readySteps: number;
  /** Who holds the task: {@link runTask} gives it back. */
  scheduler: string;
}

/** The queue of a framework. */
export interface Queue {
  /**
   * Arranges that {@link runTask} runs with `job.taskId` and `job.scheduler`. If it throws, the task is due again.
   */
  enqueue(job: Job): void | Promise<void>;
}

export interface OrchestratorOptions {
  name?: string;
  maxRows?: number;
  /** For how many seconds no other orchestrator enqueues the task. 60 by default. */
  lease?: number;
  /** For how many seconds a call of {@link Orchestrator.run} waits for tasks. 5 by default. */
  wait?: number;
}

/**
 * Enqueues a job for each task that has something to do (`tasker_due_tasks()`).
 *
 * After the lease, a task is due again if it still has something to do. So a lost job is repeated. Set the lease longer than a job
 * waits in the queue and runs.
 */
export class Orchestrator {
  readonly name: string;
  readonly #database: Database;
  readonly #queue: Queue;
  readonly #options: Required<Omit<OrchestratorOptions, "name">>;
  readonly #stopping = new AbortController();

  constructor(database: Database, queue: Queue, options: OrchestratorOptions = {}) {
    this.name = options.name ?? defaultName();
    this.#database = database;
    this.#queue = queue;
    this.#options = { maxRows: options.maxRows ?? 100, lease: options.lease ?? 60, wait: options.wait ?? 5 };
  }

  /** One round: returns how many jobs were enqueued, after at most `wait` seconds. Throws what the queue throws. */
  async enqueueDue(options: { wait?: number } = {}): Promise<number> {
    const { maxRows, lease } = this.#options;
    const wait = options.wait ? seconds(options.wait) : undefined;
    const rows = await this.#database.call("tasker_due_tasks", [this.name], { maxRows, lease: seconds(lease), wait });
    for (const [place, row] of rows.entries()) {
      try {
        await this.#queue.enqueue({
          taskId: row.task_id,
          namespace: row.namespace,
          taskName: row.task_name,
          reason: row.reason,
          readySteps: row.ready_steps,
          scheduler: this.name,
        });
      } catch (error) {
        await this.#giveBack(rows.slice(place));
        throw error;
      }
    }
    return rows.length;
  }

  async #giveBack(rows: Row[]): Promise<void> {
    for (const row of rows) {
      try {
        await this.#database.call("tasker_release_due_task", [row.task_id, this.name]);
      } catch (error) {
        const text = `task ${row.task_id} was not given back; its lease will expire: ${(error as Error).message}`;
        this.#database.logger.warn({ task_id: row.task_id as number }, text);
      }
    }
  }

  /** Enqueues until {@link stop}. It goes on after a lost connection and after errors of the queue. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.enqueueDue({ wait: this.#options.wait });
        continue;
      } catch (error) {
        if (error instanceof DatabaseError && !(error instanceof ConnectionLost)) throw error;
        const lost = error instanceof ConnectionLost;
        const text = lost ? "the orchestrator has lost its connection" : "a job could not be enqueued";
        this.#database.logger[lost ? "warn" : "error"]({ err: error }, text);
      }
      await sleep(1000, undefined, { signal }).catch(() => {});
    }
  }

  /** Ends {@link run}, at the latest after its `wait`. */
  stop(): void {
    this.#stopping.abort();
  }
}

export interface RunTaskOptions {
  /** The name of the orchestrator that holds the task. */
  scheduler?: string | null;
  name?: string;
  lease?: number;
  metrics?: Metrics;
}

/**
 * The job: executes the steps of a task, one after another, until none is ready.
 *
 * Then it finalizes the task, if the configuration leaves that to schedulers, and gives it back to the `scheduler`. Returns the
 * name and the outcome of each step. Several jobs for one task do no harm. Throws DatabaseError.
 */
export async function runTask(
  database: Database,
  handlers: Handlers,
  taskId: number,
  options: RunTaskOptions = {},
): Promise<[stepName: string, outcome: string][]> {
  const metrics = options.metrics ?? new Metrics();
  const done: [string, string][] = [];
  const heartbeats = new Heartbeats(database, (claim, reason) => metrics.leaseEnded(claim, reason));
  try {
    for (;;) {
      const named = { lease: seconds(options.lease), taskId };
      const [row] = await database.call("tasker_claim_steps", [options.name ?? defaultName()], named);
      if (row === undefined) break;
      const claim = claimFromRow(row);
      const stop = heartbeats.add(claim);
      try {
        const outcome = await execute(claim, { database, handlers, stop, metrics });
        done.push([claim.stepName, (await reportSafely(claim, outcome, database, stop)).kind]);
      } finally {
        heartbeats.remove(claim);
      }
    }
  } finally {
    await heartbeats.close();
  }
  await database.call("tasker_finalize_task", [taskId]);
  if (options.scheduler) await database.call("tasker_release_due_task", [taskId, options.scheduler]);
  return done;
}
