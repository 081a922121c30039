/** The step handler foundation: subclass {@link StepHandler} and write `process`. */

import type { Json } from "./documents.js";
import { HandlerMissing } from "./errors.js";
import type { Claim, Step, StepSequence, Task } from "./steps.js";

/**
 * Does the work of a step. Each execution has an object of its own.
 *
 * `config` is the `handler_config` of the step's template, an empty object if there is none.
 */
export abstract class StepHandler<Context = Json> {
  readonly config: Json;
  /** Ends when the lease of the step ends. */
  protected signal: AbortSignal | undefined;

  constructor(config?: Json) {
    this.config = config ?? {};
  }

  /**
   * Runs `process` and `processResults`, and returns what is to be stored.
   *
   * Final: a subclass cannot override it.
   */
  async handle(task: Task<Context>, sequence: StepSequence, step: Step): Promise<Json> {
    refuseOverriddenHandle(this);
    this.signal = step.signal;
    // Nothing is read for the results of earlier attempts if no code looks at them.
    const initial =
      this.processResults === StepHandler.prototype.processResults ? undefined : await step.storedResults();
    const output = await this.process(task, sequence, step);
    const assignments = step.assignments;
    const results = await this.processResults(step, output, initial);
    // As in handlers of the Rails engine, which set step.results there: what they return does not count.
    return step.assignments > assignments ? step.results : results;
  }

  /**
   * Does the work and returns its output. It can run again after a crash, so make it idempotent.
   *
   * Throw PermanentError for a failure that another attempt cannot mend, RetryableError to choose the wait, PostponeStep to run
   * later without using an attempt. Any other error is a failure that is retried.
   */
  abstract process(task: Task<Context>, sequence: StepSequence, step: Step): Json | Promise<Json>;

  /**
   * Returns the results to store, or sets `step.results`.
   *
   * By default, they are `step.results` if `process` has set them, otherwise the output.
   * `initial` are the results that were stored before, for example the error of an earlier attempt.
   */
  processResults(step: Step, output: Json, _initial: Json): Json | Promise<Json> {
    return step.assignments > 0 ? step.results : this.resultsOfOutput(output);
  }

  /** What the default `processResults` stores for an output: the output. */
  resultsOfOutput(output: Json): Json | Promise<Json> {
    return output;
  }
}

function refuseOverriddenHandle(handler: StepHandler<never>): void {
  if (handler.handle !== StepHandler.prototype.handle) {
    throw new TypeError(`${handler.constructor.name} overrides handle(), which is final: write process() instead`);
  }
}

/** A function that does the work of a step. */
export type Process<Context = Json> = (task: Task<Context>, sequence: StepSequence, step: Step) => Json | Promise<Json>;
/** A class of handlers. */
// biome-ignore lint/suspicious/noExplicitAny: a handler may be written for any type of contexts
export type HandlerClass = new (config?: Json) => StepHandler<any>;

/** Which steps a handler executes: by the name of the step, or by the `handler_class` of the template. */
export type Place =
  | string
  | { step: string; task?: string; namespace?: string; handlerClass?: undefined }
  | { handlerClass: string; step?: undefined };

// biome-ignore lint/suspicious/noExplicitAny: a function may be written for any type of contexts
type Registered = HandlerClass | Process<any>;

function isClass(handler: Registered): handler is HandlerClass {
  return handler.prototype instanceof StepHandler;
}

/** The handlers of a worker: subclasses of {@link StepHandler}, or functions `(task, sequence, step) => output`. */
export class Handlers {
  readonly #byClass = new Map<string, Registered>();
  // The key is the JSON of namespace, task and step.
  readonly #byName = new Map<string, Registered>();
  readonly #steps = new Set<string>();

  /**
   * Registers a handler, and returns this object.
   *
   * By the name of the step, perhaps only in tasks of the name `task` or the `namespace`; or by `handlerClass`, the text in the
   * template. Throws TypeError if neither or both are given, or if there is such a handler already.
   */
  register(place: Place, handler: Registered): this {
    const { step, handlerClass, task, namespace } = (typeof place === "string" ? { step: place } : place) as {
      step?: string;
      handlerClass?: string;
      task?: string;
      namespace?: string;
    };
    if ((step === undefined) === (handlerClass === undefined)) {
      throw new TypeError("register a handler either by the name of a step or by handlerClass");
    }
    if (typeof handler !== "function") throw new TypeError("a handler is a subclass of StepHandler or a function");
    if (isClass(handler)) refuseOverriddenHandle(handler.prototype as StepHandler<never>);
    const known = step === undefined ? this.#byClass : this.#byName;
    const key = step === undefined ? (handlerClass as string) : nameKey(namespace, task, step);
    if (known.has(key)) throw new TypeError(`there are two handlers for ${key}`);
    known.set(key, handler);
    if (step !== undefined) this.#steps.add(step);
    return this;
  }

  /**
   * What makes the handler for a step from its configuration: by its `handler_class`, otherwise by the most exact name.
   *
   * Throws {@link HandlerMissing}.
   */
  find(claim: Claim): (config: Json) => StepHandler {
    const { handlerClass, namespace, taskName, stepName } = claim;
    const found =
      (handlerClass === null ? undefined : this.#byClass.get(handlerClass)) ??
      this.#byName.get(nameKey(namespace, taskName, stepName)) ??
      this.#byName.get(nameKey(undefined, taskName, stepName)) ??
      this.#byName.get(nameKey(namespace, undefined, stepName)) ??
      this.#byName.get(nameKey(undefined, undefined, stepName));
    if (found === undefined) {
      const text = `no handler for step "${stepName}" of task "${taskName}" in namespace "${namespace}"`;
      throw new HandlerMissing(handlerClass ? `${text}, handler_class ${handlerClass}` : text);
    }
    if (isClass(found)) return (config) => new found(config);
    return (config) => new FunctionHandler(config, found as Process);
  }

  /** The names of all steps that these handlers can execute; undefined if a handler is registered by its class. */
  stepNames(): string[] | undefined {
    return this.#byClass.size > 0 || this.#steps.size === 0 ? undefined : [...this.#steps].sort();
  }
}

function nameKey(namespace: string | undefined, task: string | undefined, step: string): string {
  return JSON.stringify([namespace ?? null, task ?? null, step]);
}

/** A handler that is a function. */
class FunctionHandler extends StepHandler {
  readonly #process: Process;

  constructor(config: Json, process: Process) {
    super(config);
    this.#process = process;
  }

  process(task: Task, sequence: StepSequence, step: Step): Json | Promise<Json> {
    return this.#process(task, sequence, step);
  }
}
