/** What a handler gets: the task, its step, and the steps before it. */

import { setTimeout as wait } from "node:timers/promises";

import type { Database, Row } from "./database.js";
import { type Json, dumps, loads } from "./documents.js";
import { InvalidArgument, NotFound, StepStopped } from "./errors.js";
import { JsonText, json, uuid } from "./sql.js";

/** The type of the annotation that carries the trace context of a task. */
export const TRACE_CONTEXT = "trace_context";

/** The W3C trace context: `traceparent` and perhaps `tracestate`. */
export type TraceContext = Record<string, string>;

/** What logs and spans say about a step. */
export interface StepFields {
  workflow_step_id: number;
  task_id: number;
  namespace: string;
  task_name: string;
  step_name: string;
  attempt: number;
}

/** A step that this worker has claimed, as `tasker_claim_steps()` returns it. Columns with JSON are texts. */
export interface Claim {
  readonly workflowStepId: number;
  readonly taskId: number;
  readonly namespace: string;
  readonly taskName: string;
  readonly version: string;
  readonly stepName: string;
  readonly handlerClass: string | null;
  readonly handlerConfig: string | null;
  readonly priority: number;
  readonly attempt: number;
  readonly retryLimit: number;
  readonly claimToken: string;
  readonly leaseUntil: Date;
  readonly inputs: string | null;
  readonly context: string | null;
  readonly parentResults: string | null;
  /** The server's time when it answered. */
  readonly serverTime: Date;
}

/** The claim in a row of `tasker_claim_steps()` or `tasker_complete_and_claim()`. */
export function claimFromRow(row: Row): Claim {
  return {
    workflowStepId: row.workflow_step_id,
    taskId: row.task_id,
    namespace: row.namespace,
    taskName: row.task_name,
    version: row.version,
    stepName: row.step_name,
    handlerClass: row.handler_class,
    handlerConfig: row.handler_config,
    priority: row.priority,
    attempt: row.attempt,
    retryLimit: row.retry_limit,
    claimToken: row.claim_token,
    leaseUntil: row.lease_until,
    inputs: row.inputs,
    context: row.context,
    parentResults: row.parent_results,
    serverTime: row.server_time,
  };
}

/** How many seconds a lease lasts, by the server's clock. */
export function leaseSeconds(claim: { leaseUntil: Date; serverTime: Date }): number {
  return (claim.leaseUntil.getTime() - claim.serverTime.getTime()) / 1000;
}

export function describe(claim: Claim): StepFields {
  return {
    workflow_step_id: claim.workflowStepId,
    task_id: claim.taskId,
    namespace: claim.namespace,
    task_name: claim.taskName,
    step_name: claim.stepName,
    attempt: claim.attempt,
  };
}

/** Tells a handler that its lease has ended. */
export class Stop {
  readonly #controller = new AbortController();
  #reason: string | null = null;

  /** `cancelled`, `timed_out` or `lost`; null while the lease is held. */
  get reason(): string | null {
    return this.#reason;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the execution. The first reason counts. */
  set(reason: string): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    this.#controller.abort(new StepStopped(reason));
  }
}

/** The task of a step. */
export class Task<Context = Json> {
  readonly #database: Database;
  #trace: TraceContext | undefined;

  constructor(
    database: Database,
    readonly taskId: number,
    readonly namespace: string,
    readonly name: string,
    readonly version: string,
    readonly context: Context,
    readonly priority: number,
    trace?: TraceContext,
  ) {
    this.#database = database;
    this.#trace = trace;
  }

  /** The trace context that the task was created with; empty if it has none. It may read the database. */
  async traceContext(): Promise<TraceContext> {
    this.#trace ??= (await traceContexts(this.#database, [this.taskId])).get(this.taskId) ?? {};
    return this.#trace;
  }
}

/** The trace contexts of tasks, by the id of the task; tasks without one are missing. */
export async function traceContexts(
  database: Database,
  taskIds: readonly number[],
): Promise<Map<number, TraceContext>> {
  const ids = taskIds.map((id) => Math.trunc(id)).join(",");
  const rows = await database.execute(
    "SELECT task_id, annotation FROM tasker_task_annotations" +
      " JOIN tasker_annotation_types USING (annotation_type_id)" +
      ` WHERE name = '${TRACE_CONTEXT}' AND task_id = ANY ('{${ids}}'::bigint[])`,
    { repeat: true },
  );
  return new Map(rows.map((row) => [row.task_id as number, loads(row.annotation as string) as TraceContext]));
}

/** Another step of the task. `state` is null for a parent that was not looked up. */
export interface SequenceStep {
  readonly name: string;
  readonly results: Json;
  readonly state: string | null;
}

/** The steps of the task. The parents of the step come with the claim; others are read when they are asked for. */
export class StepSequence {
  readonly #database: Database;
  readonly #taskId: number;
  #all: Promise<SequenceStep[]> | undefined;

  constructor(
    database: Database,
    taskId: number,
    /** The results of each parent, by its name. */
    readonly parentResults: Readonly<Record<string, Json>>,
  ) {
    this.#database = database;
    this.#taskId = taskId;
  }

  /** The results of a step. Throws {@link NotFound} if the task has no step of that name. */
  async resultsOf(name: string): Promise<Json> {
    return (await this.findStepByName(name)).results;
  }

  /** A step of the task. Throws {@link NotFound} if the task has no step of that name. */
  async findStepByName(name: string): Promise<SequenceStep> {
    if (Object.hasOwn(this.parentResults, name)) return { name, results: this.parentResults[name], state: null };
    const found = (await this.steps()).find((step) => step.name === name);
    if (found === undefined) throw new NotFound(`task ${this.#taskId} has no step "${name}"`);
    return found;
  }

  /** All steps of the task, in the order of their ids, with their results and states at the first look. */
  async steps(): Promise<SequenceStep[]> {
    this.#all ??= this.#read().catch((error: unknown) => {
      this.#all = undefined;
      throw error;
    });
    return this.#all;
  }

  async #read(): Promise<SequenceStep[]> {
    const rows = await this.#database.execute(
      "SELECT named.name, step.results, coalesce(transition.to_state, 'pending') AS state" +
        " FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS named USING (named_step_id)" +
        " LEFT JOIN tasker_workflow_step_transitions AS transition" +
        " ON transition.workflow_step_id = step.workflow_step_id AND transition.most_recent" +
        ` WHERE step.task_id = ${Math.trunc(this.#taskId)} ORDER BY step.workflow_step_id`,
      { repeat: true },
    );
    return rows.map((row) => ({
      name: row.name,
      results: row.results === null ? null : loads(row.results),
      state: row.state,
    }));
  }
}

/** A step for `addSteps()`: see `tasker_add_steps()`. The names are those of the database. */
export interface NewStep {
  name: string;
  depends_on?: string | string[];
  before?: string | string[];
  inputs?: Json;
  [option: string]: unknown;
}

/** The step that a handler executes. */
export class Step {
  readonly workflowStepId: number;
  readonly taskId: number;
  readonly name: string;
  readonly attempt: number;
  readonly retryLimit: number;
  readonly claimToken: string;
  /** The end of the lease, as the claim returned it; heartbeats extend it. */
  readonly leaseUntil: Date;
  readonly inputs: Json;
  readonly config: Json;
  /** Ends when the lease ends, with a {@link StepStopped}: pass it to `fetch()` and whatever else takes a signal. */
  readonly signal: AbortSignal;
  readonly #database: Database;
  readonly #stop: Stop;
  #results: Json;
  #assignments = 0;

  constructor(claim: Claim, database: Database, stop: Stop) {
    this.#database = database;
    this.#stop = stop;
    this.signal = stop.signal;
    this.inputs = claim.inputs === null ? null : loads(claim.inputs);
    this.config = claim.handlerConfig === null ? null : loads(claim.handlerConfig);
    this.workflowStepId = claim.workflowStepId;
    this.taskId = claim.taskId;
    this.name = claim.stepName;
    this.attempt = claim.attempt;
    this.retryLimit = claim.retryLimit;
    this.claimToken = claim.claimToken;
    this.leaseUntil = claim.leaseUntil;
  }

  /**
   * What the handler has set. If `process` sets it, the default `processResults` stores it instead of the output. If
   * `processResults` sets it, it is stored, whatever `processResults` returns.
   */
  get results(): Json {
    return this.#results;
  }

  set results(value: Json) {
    this.#results = value;
    this.#assignments++;
  }

  /** How often the handler has set `results`. */
  get assignments(): number {
    return this.#assignments;
  }

  /** The results that are stored now, for example the error of an earlier attempt. */
  async storedResults(): Promise<Json> {
    const rows = await this.#database.execute(
      `SELECT results FROM tasker_workflow_steps WHERE workflow_step_id = ${Math.trunc(this.workflowStepId)}`,
      { repeat: true },
    );
    const text = rows[0]?.results as string | null | undefined;
    return text === null || text === undefined ? null : loads(text);
  }

  /** Why the handler should stop: `cancelled`, `timed_out` or `lost`; null while the lease is held. */
  get stopReason(): string | null {
    return this.#stop.reason;
  }

  /** Whether the lease has ended. A handler that takes long asks from time to time, and returns. */
  get isStopped(): boolean {
    return this.#stop.reason !== null;
  }

  /** Throws {@link StepStopped} if the lease has ended. */
  throwIfStopped(): void {
    if (this.#stop.reason !== null) throw new StepStopped(this.#stop.reason);
  }

  /** Calls the function with the reason when the lease ends; at once if it has ended. */
  onStop(callback: (reason: string) => unknown): void {
    const call = async (): Promise<void> => {
      try {
        await callback(this.#stop.reason ?? "lost");
      } catch (error) {
        // An error in a listener would end the process.
        this.#database.logger.error({ err: error }, "a callback of a step that was stopped has failed");
      }
    };
    if (this.isStopped) void call();
    else this.signal.addEventListener("abort", () => void call(), { once: true });
  }

  /** Waits so many seconds. Throws {@link StepStopped} as soon as the lease ends. */
  async sleep(seconds: number): Promise<void> {
    this.throwIfStopped();
    await wait(seconds * 1000, undefined, { signal: this.signal }).catch((error: unknown) => {
      this.throwIfStopped();
      throw error;
    });
  }

  /**
   * Stores progress with the lease, where `tasker_explain_step()` shows it, and extends the lease.
   *
   * Throws {@link StepStopped} if the lease has ended.
   */
  async reportProgress(progress: Json): Promise<void> {
    this.throwIfStopped();
    const tokens = [uuid(this.claimToken)];
    const rows = await this.#database.call(
      "tasker_heartbeat",
      [tokens],
      { progress: json(progress) },
      { repeat: true },
    );
    const status = String(rows[0]?.status ?? "lost");
    if (status !== "held") {
      this.#stop.set(status);
      this.throwIfStopped();
    }
  }

  /**
   * Adds steps to the task and returns the id of each by its name. A step that exists stays as it is.
   *
   * Throws {@link InvalidArgument} if a step is not valid.
   */
  async addSteps(steps: readonly NewStep[]): Promise<Record<string, number>> {
    return addSteps(this.#database, this.taskId, steps, { repeat: true });
  }
}

export async function addSteps(
  database: Database,
  taskId: number,
  steps: readonly NewStep[],
  options: Parameters<Database["call"]>[3],
): Promise<Record<string, number>> {
  let text: string;
  try {
    text = dumps(steps);
  } catch (error) {
    throw new InvalidArgument((error as Error).message, { cause: error });
  }
  const rows = await database.call("tasker_add_steps", [taskId, new JsonText(text)], {}, options);
  return Object.fromEntries(rows.map((row) => [row.step_name as string, row.workflow_step_id as number]));
}
