/** pg-boss, which keeps its queue in PostgreSQL. Needs the package `pg-boss`, version 10 or newer. */

import type { Job as BossJob, SendOptions, default as PgBoss } from "pg-boss";

import { type Database, type Handlers, type Job, type Queue, runTask } from "../index.js";

/** What a job of pg-boss carries. */
export interface TaskData {
  taskId: number;
  scheduler: string;
}

/** Sends jobs to a queue of pg-boss that exists (`boss.createQueue(name)`). `options` are those of `send()`. */
export class PgBossQueue implements Queue {
  readonly #boss: Pick<PgBoss, "send">;
  readonly #name: string;
  readonly #options: SendOptions;

  constructor(boss: Pick<PgBoss, "send">, name = "tasker", options: SendOptions = {}) {
    this.#boss = boss;
    this.#name = name;
    this.#options = options;
  }

  /** Stores the job. Throws the errors of pg-boss. */
  async enqueue(job: Job): Promise<void> {
    const data: TaskData = { taskId: job.taskId, scheduler: job.scheduler };
    await this.#boss.send(this.#name, data, this.#options);
  }
}

/** What `work()` of pg-boss calls: `await boss.work("tasker", pgBossHandler(database, handlers))`. */
export function pgBossHandler(database: Database, handlers: Handlers): (jobs: BossJob<TaskData>[]) => Promise<void> {
  return async (jobs) => {
    for (const { data } of jobs) await runTask(database, handlers, data.taskId, { scheduler: data.scheduler });
  };
}
