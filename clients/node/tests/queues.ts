/** Jobs of BullMQ, with a Redis. */

import assert from "node:assert/strict";

import { Queue as BullQueue, Worker as BullWorker } from "bullmq";

import { Orchestrator } from "../src/index.js";
import { BullMQQueue, bullMQProcessor } from "../src/queues/bullmq.js";
import { becomes, serverTest } from "./support.js";

/** The socket of a Redis. */
const path = process.env.REDIS_SOCKET;

const skip = path === undefined && "there is no Redis";

serverTest(
  "queue: BullMQ with Redis",
  async ({ register, createAlone, database, handlers, client, state, cleanup }) => {
    await register(["a", { name: "b", depends_on_step: "a" }]);
    handlers.register("a", () => 1).register("b", (_task, sequence) => sequence.parentResults);
    const task = await createAlone();
    const connection = { path: path as string };
    const queue = new BullQueue("tasker", { connection });
    cleanup(() => queue.close());
    assert.equal(await new Orchestrator(database, new BullMQQueue(queue)).enqueueDue(), 1);
    assert.equal(await queue.getWaitingCount(), 1);
    const worker = new BullWorker("tasker", bullMQProcessor(database, handlers), { connection });
    cleanup(() => worker.close());
    await becomes("complete", async () => (await state(task)) === "complete");
    assert.deepEqual(await client.stepResults(task), { a: 1, b: { a: 1 } });
    // The adapter lets BullMQ forget what is done.
    await becomes("the queue is empty", async () => (await queue.getJobCountByTypes()) === 0);
  },
  { skip },
);
