/** BullMQ. Needs the package `bullmq`, and Redis. */

import type { Job as BullJob, JobsOptions, Queue as BullQueue } from "bullmq";

import { type Database, type Handlers, type Job, type Queue, runTask } from "../index.js";

/** What a job of BullMQ carries. */
export interface TaskData {
  taskId: number;
  scheduler: string;
}

/** Adds jobs to a queue of BullMQ. `options` are those of `Queue.add()`, for example `priority`. */
export class BullMQQueue implements Queue {
  readonly #queue: Pick<BullQueue, "add">;
  readonly #options: JobsOptions;

  constructor(queue: Pick<BullQueue, "add">, options: JobsOptions = {}) {
    this.#queue = queue;
    // The database knows what was done, so Redis need not keep it.
    this.#options = { removeOnComplete: true, removeOnFail: 1000, ...options };
  }

  /** Sends the job to Redis. Throws its errors. */
  async enqueue(job: Job): Promise<void> {
    const data: TaskData = { taskId: job.taskId, scheduler: job.scheduler };
    await this.#queue.add("run_task", data, this.#options);
  }
}

/** The processor for a `Worker` of BullMQ: `new Worker("tasker", bullMQProcessor(database, handlers), { connection })`. */
export function bullMQProcessor(
  database: Database,
  handlers: Handlers,
): (job: Pick<BullJob<TaskData>, "data">) => Promise<void> {
  return async ({ data }) => {
    await runTask(database, handlers, data.taskId, { scheduler: data.scheduler });
  };
}
