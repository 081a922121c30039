// The Node worker of together.sh: handlers for "charge" and "notify", and one that never returns. It runs beside the compiled client.

import pg from "pg";

import { Handlers } from "./build/src/index.js";

const { WORKER, HANGS, KEEP_AFTER } = process.env;
// After so many executions, this process keeps two: one before its effect and one after it. Then the test kills it.
const keepAfter = Number(KEEP_AFTER ?? -2);
let executions = 0;

/** A transaction of its own. */
async function insert(statement, step, ...values) {
  const connection = new pg.Client({ user: "app" });
  await connection.connect();
  await connection.query(statement, [WORKER, step.workflowStepId, step.attempt, step.claimToken, ...values]);
  await connection.end();
}

async function keep(step, afterEffect) {
  await insert("INSERT INTO together.kept VALUES ($1, $2, $3, $4, $5)", step, afterEffect);
  await new Promise(() => {});
}

/** Has an effect, and passes on the document of its parents. */
async function execute(task, sequence, step) {
  const number = executions++;
  if (number === keepAfter) await keep(step, false);
  await insert("INSERT INTO together.effects VALUES ($1, $2, $3, $4)", step);
  if (number === keepAfter + 1) await keep(step, true);
  const parents = Object.entries(sequence.parentResults).map(([name, results]) => [name, results.document]);
  return { by: "node", from: Object.fromEntries(parents), document: (parents[0] ?? [null, task.context.document])[1] };
}

/** The first execution of this process never returns, and does not look whether it should stop. */
async function hangs(_task, _sequence, step) {
  if (HANGS !== undefined && executions++ === 0) await keep(step, false);
  return { by: "node" };
}

export const handlers = new Handlers().register("charge", execute).register("notify", execute).register("hangs", hangs);
