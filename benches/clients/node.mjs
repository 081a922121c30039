// Executes steps with bare SQL or with the client's Worker, and measures a part of them; see README.md.
//
// node.mjs version: what is measured.
// node.mjs SIDE STEPS BEFORE CONCURRENCY BATCH: the line "steps seconds CPU-seconds" of STEPS steps, after BEFORE others.
// node.mjs idle SECONDS: the line "claims CPU-seconds" of a worker without work.

import { createRequire } from "node:module";

import pg from "pg";

import { Database, Handlers, Metrics, Worker } from "./dist/index.js";

const SCHEMA = "life";
// What a handler needs.
const COLUMNS = "workflow_step_id, claim_token, step_name, context, inputs, parent_results";
const CLAIM = `SELECT ${COLUMNS} FROM tasker_claim_steps('bench', $1)`;
const COMPLETE_AND_CLAIM = `SELECT ${COLUMNS} FROM tasker_complete_and_claim($1, '{}', $2, 'bench')`;
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Counts steps: those after the first `before` are measured. */
class Meter extends Metrics {
  isOver = false;
  claims = 0;
  worker;
  #count = 0;
  #limits;
  #marks = [];

  constructor(steps, before) {
    super();
    this.#limits = [before, before + steps];
  }

  claimed() {
    if (!this.isOver) this.claims++;
  }

  reported(steps) {
    this.#count += steps;
    if (this.isOver || this.#count < this.#limits[this.#marks.length]) return;
    this.#marks.push([this.#count, performance.now() / 1000, cpu()]);
    if (this.#marks.length === 2) this.end();
  }

  end() {
    this.isOver = true;
    this.worker?.stop();
  }

  measured() {
    const [first, last] = this.#marks;
    return last.map((after, place) => after - first[place]).join(" ");
  }
}

async function withConnection(use) {
  const connection = new pg.Client({ options: `-c search_path=${SCHEMA},public` });
  await connection.connect();
  await use(connection);
  await connection.end();
}

/** A call that claims a step, and one that completes it. */
async function bare(meter) {
  await withConnection(async (connection) => {
    while (!meter.isOver) {
      const { rows } = await connection.query(CLAIM, [1]);
      for (const { workflow_step_id: step, claim_token: token } of rows) {
        await connection.query("SELECT state FROM tasker_complete_step($1, '{}', $2)", [step, token]);
        meter.reported(1);
      }
    }
  });
}

/** One call that completes a step and claims the next one. */
async function oneCall(meter) {
  await withConnection(async (connection) => {
    let held;
    while (!meter.isOver) {
      if (held === undefined) {
        held = (await connection.query(CLAIM, [1])).rows[0];
        continue;
      }
      held = (await connection.query(COMPLETE_AND_CLAIM, [held.workflow_step_id, held.claim_token])).rows[0];
      meter.reported(1);
    }
  });
}

/** A call that claims many steps, and one that completes them. */
async function bareBatches(meter, batch) {
  await withConnection(async (connection) => {
    while (!meter.isOver) {
      const { rows } = await connection.query(CLAIM, [batch]);
      if (rows.length === 0) continue;
      await connection.query("SELECT state FROM tasker_complete_steps($1, $2, $3)", [
        rows.map((row) => row.workflow_step_id),
        rows.map((row) => row.claim_token),
        rows.map(() => "{}"),
      ]);
      meter.reported(rows.length);
    }
  });
}

/** The client, with handlers that do nothing. */
async function worker(meter, concurrency, batchSize) {
  const handlers = new Handlers();
  for (let number = 1; number <= 10; number++) handlers.register(`step_${number}`, () => ({}));
  const database = new Database({}, { schema: SCHEMA });
  meter.worker = new Worker(database, handlers, { name: "bench", concurrency, batchSize, metrics: meter });
  await meter.worker.run();
  await database.close();
}

const [side, ...rest] = process.argv.slice(2);
if (side === "version") {
  console.log(`Node ${process.versions.node}, pg ${createRequire(import.meta.url)("pg/package.json").version}`);
} else if (side === "idle") {
  const meter = new Meter(1, 0);
  const before = cpu();
  setTimeout(() => meter.end(), Number(rest[0]) * 1000);
  await worker(meter, 1, 1);
  console.log(`${meter.claims} ${cpu() - before}`);
} else {
  const [steps, before, concurrency, batch] = rest.map(Number);
  const meter = new Meter(steps, before);
  if (side === "worker") {
    await worker(meter, concurrency, batch);
  } else {
    const run = { bare: batch === 1 ? bare : bareBatches, one_call: oneCall }[side];
    await Promise.all(Array.from({ length: concurrency }, () => run(meter, batch)));
  }
  console.log(meter.measured());
}
