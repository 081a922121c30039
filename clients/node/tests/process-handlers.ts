/** The handlers of the processes that processes.ts starts and kills. */

import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import { Handlers } from "../src/index.js";

const pool = new pg.Pool({ user: "app" });

async function note(taskId: number, attempt: number, what: string): Promise<void> {
  const values = [taskId, attempt, process.pid, what];
  await pool.query("INSERT INTO tasker.node_notes (task_id, attempt, pid, what) VALUES ($1, $2, $3, $4)", values);
}

async function mayGo(taskId: number): Promise<boolean> {
  const found = await pool.query("SELECT FROM tasker.node_notes WHERE task_id = $1 AND what = 'go'", [taskId]);
  return found.rowCount !== 0;
}

export const handlers = new Handlers()
  // Says that it has begun, and waits until the test lets it go.
  .register("gated", async (task, _, step) => {
    await note(task.taskId, step.attempt, "begun");
    while (!(await mayGo(task.taskId))) await sleep(50);
    await note(task.taskId, step.attempt, "done");
    return { pid: process.pid };
  })
  // The first attempt never returns, and does not look whether it should stop.
  .register("hangs", async (task, _, step) => {
    await note(task.taskId, step.attempt, "begun");
    if (step.attempt === 1) await new Promise(() => {});
    return { pid: process.pid };
  })
  // The first attempt keeps the thread, so that the process sends no heartbeats either.
  .register("spins", async (task, _, step) => {
    await note(task.taskId, step.attempt, "begun");
    if (step.attempt === 1) for (;;);
    return { pid: process.pid };
  });
