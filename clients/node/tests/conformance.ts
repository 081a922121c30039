/** Runs the cases of clients/conformance/cases.json, which clients in all languages must pass. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  ApiHandler,
  ApiResponse,
  Client,
  Handlers,
  type Json,
  type NewStep,
  PermanentError,
  PostponeStep,
  RetryableError,
  type Step,
  type StepSequence,
  type Task,
  type TraceContext,
  Worker,
  checkResponse,
  loads,
} from "../src/index.js";
import { CONFORMANCE, appDatabase, asApp, becomes, running } from "./support.js";

type Action = Record<string, Json>;

interface Case {
  name: string;
  template: Record<string, Json>;
  tasks: { context?: Json; context_text?: string; trace_context?: TraceContext }[];
  worker?: { lease?: number; concurrency?: number; batch_size?: number };
  session?: Record<string, string>;
  until?: string;
  steps: Record<string, Action[][]>;
  expect: { sql: string; is: string | null }[];
}

const table = loads(readFileSync(CONFORMANCE, "utf8")) as { setup: string[]; cases: Case[] };

/** The first value of a statement, as PostgreSQL writes it. */
async function query(statement: string): Promise<string | null> {
  return (await asApp(statement))[0]?.[0] ?? null;
}

/** A case that runs. */
class Run {
  readonly namespace: string;
  taskId = 0;
  readonly #executions = new Map<string, number>();

  constructor(readonly table: Case) {
    this.namespace = table.name.replace(/[^A-Za-z0-9]+/g, "_");
  }

  /** Puts the values of this run into a text. */
  fill(text: string, more: Record<string, unknown> = {}): string {
    const values = { case: this.table.name, namespace: this.namespace, task_id: this.taskId, ...more };
    return Object.entries(values).reduce(
      (filled, [name, value]) => filled.replaceAll(`{${name}}`, () => String(value)),
      text,
    );
  }

  /** The actions of the next execution of a step of this name; the last ones are repeated. */
  actions(stepName: string): Action[] {
    const number = this.#executions.get(stepName) ?? 0;
    this.#executions.set(stepName, number + 1);
    const executions = this.table.steps[stepName] ?? [];
    return executions[Math.min(number, executions.length - 1)] ?? [];
  }
}

/** A class of handlers that do what the table says. */
function handlerOf(run: Run) {
  return class CaseHandler extends ApiHandler {
    #initialMember: string | undefined;
    #later: Json;

    async process(task: Task, sequence: StepSequence, step: Step): Promise<Json> {
      let output: Json = null;
      for (const action of run.actions(step.name)) {
        const [[verb, argument]] = Object.entries(action) as [[string, Json]];
        output = await this.#act(verb, argument, task, sequence, step);
      }
      return output;
    }

    override processResults(step: Step, output: Json, initial: Json): Json {
      if (this.#later !== undefined) {
        step.results = this.#later;
        return "not stored";
      }
      if (this.#initialMember !== undefined) return initial[this.#initialMember];
      return super.processResults(step, output, initial);
    }

    async #act(verb: string, argument: Json, task: Task, sequence: StepSequence, step: Step): Promise<Json> {
      const fill = (text: string): string =>
        run.fill(text, {
          step_id: step.workflowStepId,
          task_id: task.taskId,
          claim_token: step.claimToken,
          stop_reason: step.stopReason,
        });
      switch (verb) {
        case "return":
          return argument;
        case "return_from":
          return {
            config: step.config,
            context: task.context,
            inputs: step.inputs,
            parent_results: sequence.parentResults,
            attempt: step.attempt,
            lease_until: step.leaseUntil,
            trace_context: await task.traceContext(),
          }[argument as string];
        case "return_results_of":
          return sequence.resultsOf(argument as string);
        case "return_text":
          return (argument.letter as string).repeat(argument.times as number);
        case "return_initial":
          this.#initialMember = argument as string;
          return null;
        case "set_results":
          step.results = argument;
          return null;
        case "set_results_later":
          this.#later = argument;
          return null;
        case "return_sql":
          return loads((await query(fill(argument as string))) ?? "null");
        case "fail":
          throw fails(argument);
        case "http":
          return checkResponse(answer(argument));
        case "postpone":
          throw new PostponeStep(argument.reason as string, { runAfter: argument.seconds as number });
        case "sql":
          return void (await query(fill(argument as string)));
        case "wait_for":
          return becomes(argument as string, async () => (await query(fill(argument as string))) === "t");
        case "wait_until_stopped":
          return becomes("the step is stopped", () => step.isStopped);
        case "note": {
          const values = [run.table.name, fill(argument as string)];
          return void (await asApp("INSERT INTO conformance_notes (case_name, note) VALUES ($1, $2)", values));
        }
        case "progress":
          return step.reportProgress(argument);
        case "add_steps":
          return step.addSteps(argument as NewStep[]);
        default:
          throw new Error(`unknown action ${verb}`);
      }
    }
  };
}

function fails({ kind, message, error_code: errorCode, retry_after: retryAfter }: Record<string, Json>): Error {
  if (kind === "permanent") return new PermanentError(message, { errorCode });
  if (kind === "retryable") return new RetryableError(message, { retryAfter });
  return new TypeError(message);
}

function answer({ status, headers, body }: Record<string, Json>): ApiResponse {
  const lower = Object.entries(headers as Record<string, string>).map(([name, value]) => [name.toLowerCase(), value]);
  return new ApiResponse(status, Object.fromEntries(lower), Buffer.from(body as string));
}

let prepared: Promise<void> | undefined;
async function prepare(): Promise<void> {
  for (const statement of table.setup) await query(statement);
}

for (const found of table.cases) {
  test(`conformance: ${found.name}`, async () => {
    prepared ??= prepare();
    await prepared;
    const run = new Run(found);
    const { namespace } = run;
    const database = appDatabase();
    try {
      Object.assign(database.settings, found.session);
      const client = new Client(database);
      await client.registerTask({ name: namespace, namespace_name: namespace, ...found.template });
      const ids: number[] = [];
      for (const task of found.tasks) {
        const context: Json = task.context_text === undefined ? (task.context ?? {}) : loads(task.context_text);
        const made = await client.createTask(namespace, context, { namespace, traceContext: task.trace_context });
        ids.push(made.taskId);
      }
      run.taskId = ids[0] ?? 0;
      const first = { step_id: (await client.findSteps({ taskId: run.taskId }))[0]?.workflowStepId };
      const handlers = new Handlers();
      const handler = handlerOf(run);
      for (const name of Object.keys(found.steps)) handlers.register(name, handler);
      const ended = "SELECT count(*) = 0 FROM tasker_find_tasks(namespace => '{namespace}', active => true)";
      const until = run.fill(found.until ?? ended, first);
      const { batch_size: batchSize, lease = 60, concurrency } = found.worker ?? {};
      const worker = new Worker(database, handlers, {
        filters: { namespaces: [namespace] },
        lease,
        ...(batchSize && { batchSize }),
        ...(concurrency && { concurrency }),
      });
      await running(worker, () => becomes(until, async () => (await query(until)) === "t"));
      for (const expected of found.expect) {
        const statement = run.fill(expected.sql, first);
        assert.equal(await query(statement), expected.is, statement);
      }
    } finally {
      await database.close();
    }
  });
}
