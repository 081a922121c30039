/** A queue in memory, for tests. */

import { type Database, type Handlers, type Job, type Queue, runTask } from "../index.js";

/** Keeps jobs until {@link run} executes them, in the order in which they came. */
export class MemoryQueue implements Queue {
  readonly jobs: Job[] = [];
  readonly #database: Database;
  readonly #handlers: Handlers;

  constructor(database: Database, handlers: Handlers) {
    this.#database = database;
    this.#handlers = handlers;
  }

  /** Keeps the job. */
  enqueue(job: Job): void {
    this.jobs.push(job);
  }

  /** Executes all jobs, and returns the name and the outcome of each step. */
  async run(): Promise<[stepName: string, outcome: string][]> {
    const done: [string, string][] = [];
    for (let job = this.jobs.shift(); job !== undefined; job = this.jobs.shift()) {
      done.push(...(await runTask(this.#database, this.#handlers, job.taskId, { scheduler: job.scheduler })));
    }
    return done;
  }
}
