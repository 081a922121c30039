/** The API of programs that create, find, explain and operate tasks. */

import type { CallOptions, Connection, Database } from "./database.js";
import { type Json, loads } from "./documents.js";
import {
  type CreatedTask,
  type DeadLetter,
  type FoundStep,
  type FoundTask,
  type ManySteps,
  type ManyTasks,
  type RegisteredTask,
  type SentSignal,
  type StepChange,
  type TemplateProblem,
  type TimelineEntry,
  resultOf,
} from "./results.js";
import { json } from "./sql.js";
import { type NewStep, TRACE_CONTEXT, type TraceContext, addSteps } from "./steps.js";
import { loadTemplate } from "./templates.js";
import { currentTraceContext } from "./tracing.js";

/** The options of a task (docs/templates.md). They are a document, so their names are those of the database. */
export interface TaskOptions {
  initiator?: string;
  source_system?: string;
  reason?: string;
  tags?: readonly string[];
  bypass_steps?: readonly string[];
  priority?: number;
  parent_task_id?: number;
  start_at?: Date | string;
  requested_at?: Date | string;
  deadline_seconds?: number;
  on_deadline?: string;
  identity?: string;
  identity_key?: string;
}

export interface CreateOptions {
  namespace?: string;
  /** The latest one by default. */
  version?: string;
  options?: TaskOptions;
  /**
   * `traceparent` and perhaps `tracestate`, which reach the handlers; by default those of the current span of OpenTelemetry.
   */
  traceContext?: TraceContext | undefined;
}

/** A request of {@link Client.createTasks}. */
export interface TaskRequest {
  taskName: string;
  context?: Json;
  namespace?: string;
  version?: string;
  options?: TaskOptions;
}

/** Arguments of a search or of an action on many, in the style of JavaScript: `tasker_find_tasks(max_rows => 5)` is `{ maxRows: 5 }`. */
export type Arguments = Readonly<Record<string, unknown>>;

/**
 * Creates, finds, explains and operates tasks.
 *
 * Each call is a transaction of its own, unless `connection` is given: then the calls run in the transaction of that connection,
 * beside your own statements. Methods throw DatabaseError: NotFound for an unknown id or name, InvalidArgument for bad input,
 * Refused if the state does not permit an action, AccessDenied. Searches return at most `maxRows` results, 100 by default; pass
 * the last id as `afterId` to get the next page.
 */
export class Client {
  readonly #database: Database;
  readonly #call: CallOptions;

  constructor(database: Database, options: { connection?: Connection } = {}) {
    this.#database = database;
    this.#call = options.connection === undefined ? {} : { connection: options.connection };
  }

  /** A client whose calls run in the transaction of a connection of `pg`. */
  using(connection: Connection): Client {
    return new Client(this.#database, { connection });
  }

  async #rows<Result>(name: string, places: readonly unknown[] = [], named: Arguments = {}, documents: string[] = []) {
    const rows = await this.#database.call(name, places, named, this.#call);
    return rows.map((row) => resultOf<Result>(row, documents));
  }

  async #row<Result>(name: string, places: readonly unknown[], named: Arguments = {}): Promise<Result> {
    return (await this.#rows<Result>(name, places, named))[0] as Result;
  }

  async #value(name: string, places: readonly unknown[], named: Arguments = {}): Promise<unknown> {
    return this.#database.value(name, places, named, this.#call);
  }

  // Create

  /**
   * Registers a template, or the file that has it (see `loadTemplate()`). Registering it again changes nothing.
   *
   * `environment`: the key of `environments` that is laid over the steps. Throws InvalidArgument with a line for each problem.
   */
  async registerTask(
    template: Readonly<Record<string, Json>> | string | URL,
    options: { environment?: string } = {},
  ): Promise<RegisteredTask> {
    const isFile = typeof template === "string" || template instanceof URL;
    const document = isFile ? await loadTemplate(template) : template;
    return this.#row("tasker_register_task", [json(document)], { environment: options.environment });
  }

  /** The problems of a template; registers nothing. */
  async validateTemplate(template: Readonly<Record<string, Json>>): Promise<TemplateProblem[]> {
    return this.#rows("tasker_validate_template", [json(template)]);
  }

  /**
   * Creates a task of the latest version, or of the `version`.
   *
   * If the connection breaks, ConnectionLost is thrown, and the task may exist: pass an `identity_key` and repeat the call.
   */
  async createTask(taskName: string, context: Json = {}, options: CreateOptions = {}): Promise<CreatedTask> {
    const { traceContext, ...request } = options;
    return (await this.createTasks([{ taskName, context, ...request }], { traceContext }))[0] as CreatedTask;
  }

  /** Creates many tasks, all of them or none; returns them in the order of the requests. */
  async createTasks(
    requests: readonly TaskRequest[],
    options: { traceContext?: TraceContext | undefined } = {},
  ): Promise<CreatedTask[]> {
    const trace = options.traceContext ?? currentTraceContext();
    if (Object.keys(trace).length === 0) return this.#create(requests);
    if (this.#call.connection !== undefined) return this.#createTraced(requests, trace);
    return this.#database.transaction((connection) => this.using(connection).#createTraced(requests, trace));
  }

  async #create(requests: readonly TaskRequest[]): Promise<CreatedTask[]> {
    const documents = requests.map(({ taskName, context, namespace, version, options }) => ({
      task_name: taskName,
      context: context ?? {},
      namespace: namespace ?? "default",
      version: version ?? null,
      options: options ?? {},
    }));
    return this.#rows("tasker_create_tasks", [json(documents)]);
  }

  async #createTraced(requests: readonly TaskRequest[], trace: TraceContext): Promise<CreatedTask[]> {
    const found = await this.#create(requests);
    const created = new Set(found.filter((task) => task.created).map((task) => task.taskId));
    for (const taskId of created) await this.annotateTask(taskId, TRACE_CONTEXT, trace);
    return found;
  }

  /** Adds steps to a task and returns the id of each by its name. A step that exists stays as it is. */
  async addSteps(taskId: number, steps: readonly NewStep[]): Promise<Record<string, number>> {
    return addSteps(this.#database, taskId, steps, this.#call);
  }

  /** Adds an annotation and returns its id. */
  async annotateTask(taskId: number, annotationType: string, annotation: Json): Promise<number> {
    return Number(await this.#value("tasker_annotate_task", [taskId, annotationType, json(annotation)]));
  }

  /** Sends a signal to a task. Only the first signal of a name counts, so you can repeat the call. */
  async signal(taskId: number, name: string, payload?: Json): Promise<SentSignal> {
    return this.#row("tasker_signal", [taskId, name], { payload: json(payload) });
  }

  // Find and explain

  /** Searches tasks by the arguments of `tasker_find_tasks()`, for example `{ namespace: "shop", states: ["error"] }`. */
  async findTasks(filters: Arguments = {}): Promise<FoundTask[]> {
    return this.#rows("tasker_find_tasks", [], filters, ["tags"]);
  }

  /** One task; undefined if there is none that you may see. */
  async task(taskId: number): Promise<FoundTask | undefined> {
    return (await this.findTasks({ taskId }))[0];
  }

  /** Searches steps by the arguments of `tasker_find_steps()`, for example `{ condition: "exhausted", namespace: "shop" }`. */
  async findSteps(filters: Arguments = {}): Promise<FoundStep[]> {
    return this.#rows("tasker_find_steps", [], filters);
  }

  /** The stored results of each step of a task that has some, by its name. */
  async stepResults(taskId: number): Promise<Record<string, Json>> {
    const exported = loads((await this.#value("tasker_export_task", [taskId])) as string) as {
      steps: { name: string; results?: Json }[];
    };
    const found = exported.steps.filter((step) => step.results !== null && step.results !== undefined);
    return Object.fromEntries(found.map((step) => [step.name, step.results as unknown]));
  }

  /** Steps that have failed for good, by the arguments of `tasker_dead_letters()`. */
  async deadLetters(filters: Arguments = {}): Promise<DeadLetter[]> {
    return this.#rows("tasker_dead_letters", [], filters);
  }

  /** Why a task does not move; `summary` is one sentence. */
  async explainTask(taskId: number): Promise<Json> {
    return loads((await this.#value("tasker_explain_task", [taskId])) as string);
  }

  /** Why a step is ready or not; `summary` is one sentence. */
  async explainStep(workflowStepId: number): Promise<Json> {
    return loads((await this.#value("tasker_explain_step", [workflowStepId])) as string);
  }

  /** All that happened to a task and its steps, in the order of time. */
  async taskTimeline(taskId: number): Promise<TimelineEntry[]> {
    return this.#rows("tasker_task_timeline", [taskId], {}, ["details"]);
  }

  // Operate

  /** Lets a failed step run again now. Used attempts still count. */
  async retryStep(workflowStepId: number, reason?: string): Promise<StepChange> {
    return this.#row("tasker_retry_step", [workflowStepId], { reason });
  }

  /** Lets a failed step run again with all its attempts. */
  async resetStep(workflowStepId: number, reason?: string): Promise<StepChange> {
    return this.#row("tasker_reset_step", [workflowStepId], { reason });
  }

  /** Marks a step as done without its handler. */
  async resolveStep(
    workflowStepId: number,
    results?: Json,
    options: { resolvedBy?: string; reason?: string } = {},
  ): Promise<StepChange> {
    return this.#row("tasker_resolve_step", [workflowStepId], { results: json(results), ...options });
  }

  /** Leaves a step out. `force`: also if it is not skippable. */
  async skipStep(workflowStepId: number, reason?: string, options: { force?: boolean } = {}): Promise<StepChange> {
    return this.#row("tasker_skip_step", [workflowStepId], { reason, force: options.force });
  }

  /** Cancels a step and, unless `descendants` is false, the steps after it. */
  async cancelStep(
    workflowStepId: number,
    reason?: string,
    options: { descendants?: boolean } = {},
  ): Promise<StepChange[]> {
    return this.#rows("tasker_cancel_step", [workflowStepId], { reason, descendants: options.descendants ?? true });
  }

  /** Cancels a task; returns the steps that were cancelled with it. */
  async cancelTask(taskId: number, reason?: string): Promise<StepChange[]> {
    return this.#rows("tasker_cancel_task", [taskId], { reason });
  }

  /** Lets no further step of the task begin. */
  async pauseTask(taskId: number, reason?: string): Promise<void> {
    await this.#value("tasker_pause_task", [taskId], { reason });
  }

  /** Ends a pause. */
  async resumeTask(taskId: number): Promise<void> {
    await this.#value("tasker_resume_task", [taskId]);
  }

  /** Sets the priority, from -100 to 100. */
  async setTaskPriority(taskId: number, priority: number): Promise<void> {
    await this.#value("tasker_set_task_priority", [taskId, priority]);
  }

  /** Sets how many attempts a step has. */
  async setRetryLimit(workflowStepId: number, retryLimit: number): Promise<void> {
    await this.#value("tasker_set_retry_limit", [workflowStepId, retryLimit]);
  }

  /** Deletes a task with all that belongs to it. `force`: also if it has not ended. */
  async deleteTask(taskId: number, options: { force?: boolean } = {}): Promise<void> {
    await this.#value("tasker_delete_task", [taskId], { force: options.force ?? false });
  }

  /** Lets many failed steps run again, by the arguments of `tasker_retry_many()`. Shows them only, unless `dryRun` is false. */
  async retryMany(filters: Arguments = {}): Promise<ManySteps[]> {
    return this.#rows("tasker_retry_many", [], { dryRun: true, ...filters });
  }

  /** Resolves many failed steps, as {@link retryMany}. */
  async resolveMany(filters: Arguments = {}): Promise<ManySteps[]> {
    return this.#rows("tasker_resolve_many", [], { dryRun: true, ...filters });
  }

  /** Cancels many tasks, by the arguments of `tasker_cancel_many()`. Shows them only, unless `dryRun` is false. */
  async cancelMany(filters: Arguments = {}): Promise<ManyTasks[]> {
    return this.#rows("tasker_cancel_many", [], { dryRun: true, ...filters });
  }

  /** Pauses many tasks, as {@link cancelMany}. */
  async pauseMany(filters: Arguments = {}): Promise<ManyTasks[]> {
    return this.#rows("tasker_pause_many", [], { dryRun: true, ...filters });
  }

  /** Resumes many tasks, as {@link cancelMany}. */
  async resumeMany(filters: Arguments = {}): Promise<ManyTasks[]> {
    return this.#rows("tasker_resume_many", [], { dryRun: true, ...filters });
  }
}
