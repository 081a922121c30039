/** One execution of a claimed step: the handler is found and run, and how it ended becomes an outcome. */

import type { CallOptions, Database } from "./database.js";
import { dumps, loads, storable } from "./documents.js";
import {
  ConnectionLost,
  DatabaseError,
  HandlerMissing,
  LeaseLost,
  PermanentError,
  PostponeStep,
  RetryableError,
  StepError,
  StepStopped,
} from "./errors.js";
import type { Handlers } from "./handler.js";
import type { Metrics } from "./metrics.js";
import { JsonText, seconds, uuid } from "./sql.js";
import { type Claim, Step, StepSequence, type Stop, Task, type TraceContext, describe } from "./steps.js";
import { type StepSpan, inSpan } from "./tracing.js";

/** A step without a handler is released for so many seconds, so that another worker can have it. */
const MISSING_HANDLER_PAUSE = 60;
const MOST_BACKTRACE_LINES = 20;

/** The outcome of a step that the worker has not begun. */
export const SHUTDOWN: Outcome = { kind: "released", reason: "the worker shuts down" };

/** How an execution ended, and what the database is to be told. */
export type Outcome =
  | { kind: "completed"; results: string }
  | { kind: "failed"; error: string; retryable: boolean; retryAfter: string | null }
  | { kind: "released"; reason: string; runAfter?: number }
  | { kind: "abandoned"; reason: string };

/** The name by which errors are searched. Many classes do not set `name`. */
export function errorClass(error: unknown): string {
  if (error instanceof Error) {
    return (error.name !== "Error" && error.name) || error.constructor.name || "Error";
  }
  return (error !== null && typeof error === "object" && error.constructor?.name) || typeof error;
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  try {
    return String(error);
  } catch {
    return "";
  }
}

/** The lines of the stack, the innermost first: `file:line:column:in function`. */
function backtrace(error: unknown): string[] {
  const stack = error instanceof Error && typeof error.stack === "string" ? error.stack : "";
  return stack
    .split("\n")
    .map((line) => /^\s+at (?:(.*) \()?(.*?)\)?$/.exec(line))
    .filter((found) => found !== null)
    .map((found) => {
      const place = (found?.[2] ?? "").replace(/^file:\/\//, "");
      return storable(found?.[1] ? `${place}:in ${found[1]}` : place);
    })
    .slice(0, MOST_BACKTRACE_LINES);
}

/** The wait of a {@link RetryableError} as the value of a header `Retry-After`. */
export function retryAfterText(value: number | Date | string | null): string | null {
  if (value === null) return null;
  if (value instanceof Date) return value.toUTCString();
  // The database keeps what it cannot read as unreadable, and fails the step all the same.
  return typeof value === "number" ? String(Math.max(0, Math.ceil(value))) : storable(String(value));
}

/** The outcome of a handler that threw. */
export function failure(error: unknown): Outcome {
  const document: Record<string, unknown> = {
    message: storable(messageOf(error)) || errorClass(error),
    class: storable(errorClass(error)),
    backtrace: backtrace(error),
  };
  if (error instanceof StepError) {
    if (error.errorCode !== null) document.error_code = error.errorCode;
    if (error.context !== undefined && error.context !== null) document.error_context = error.context;
  }
  let text: string;
  try {
    text = dumps(document);
  } catch {
    if ("error_code" in document) document.error_code = storable(String(document.error_code));
    document.error_context = storable(messageOf(document.error_context));
    text = dumps(document);
  }
  return {
    kind: "failed",
    error: text,
    retryable: !(error instanceof PermanentError),
    retryAfter: error instanceof RetryableError ? retryAfterText(error.retryAfter) : null,
  };
}

export interface Execution {
  database: Database;
  handlers: Handlers;
  stop: Stop;
  metrics: Metrics;
  trace?: TraceContext | undefined;
}

/** Runs the handler of a step and returns the outcome. Throws nothing. */
export async function execute(claim: Claim, execution: Execution): Promise<Outcome> {
  const { metrics, database } = execution;
  const began = performance.now();
  const about = describe(claim);
  const name = `step ${claim.stepName} of task ${claim.taskId}`;
  let outcome: Outcome | undefined;
  try {
    metrics.stepStarted(claim);
    database.logger.info(about, `${name} begins`);
    outcome = await inSpan(claim, execution.trace, (span) => run(claim, execution, span));
    const took = (performance.now() - began) / 1000;
    metrics.stepEnded(claim, outcome.kind, took);
    database.logger.info({ ...about, outcome: outcome.kind, seconds: took }, `${name}: ${outcome.kind}`);
  } catch (error) {
    // A hook, a tracer, a logger, or an error that cannot be described.
    try {
      database.logger.error({ ...about, err: error }, name);
    } catch {
      // The logger itself has failed.
    }
    const document = { message: "the step, or the description of its error, has failed", class: "Error" };
    outcome ??= { kind: "failed", error: dumps(document), retryable: true, retryAfter: null };
  }
  return outcome;
}

async function run(claim: Claim, { database, handlers, stop, trace }: Execution, span: StepSpan): Promise<Outcome> {
  try {
    const factory = handlers.find(claim);
    const step = new Step(claim, database, stop);
    const context: unknown = claim.context === null ? {} : loads(claim.context);
    const { taskId, namespace, taskName, version, priority } = claim;
    const task = new Task(database, taskId, namespace, taskName, version, context, priority, trace);
    const parents = claim.parentResults === null ? {} : (loads(claim.parentResults) as Record<string, unknown>);
    const results: unknown = await factory(step.config).handle(task, new StepSequence(database, taskId, parents), step);
    return { kind: "completed", results: dumps(results) };
  } catch (error) {
    if (error instanceof HandlerMissing) {
      database.logger.error(describe(claim), `${error.message}; the step is released for a while`);
      return { kind: "released", reason: storable(error.message), runAfter: MISSING_HANDLER_PAUSE };
    }
    if (error instanceof PostponeStep) {
      return { kind: "released", reason: storable(error.reason), runAfter: error.runAfter };
    }
    // A handler that throws it although the lease is held has failed.
    if (error instanceof StepStopped && stop.reason !== null) return { kind: "abandoned", reason: error.reason };
    const outcome = failure(error);
    span.recordException(error);
    database.logger.warn(
      { ...describe(claim), err: error },
      `step ${claim.stepName} of task ${claim.taskId} has failed`,
    );
    return outcome;
  }
}

/**
 * Tells the database how an execution ended; repeats the call after a lost connection. Returns whether it had been told before.
 *
 * Throws {@link DatabaseError}; {@link LeaseLost} if the step is not the worker's any more.
 */
export async function report(
  claim: Claim,
  outcome: Outcome,
  database: Database,
  options: CallOptions = {},
): Promise<boolean> {
  const { workflowStepId } = claim;
  const claimToken = uuid(claim.claimToken);
  const repeating = { ...options, repeat: true };
  switch (outcome.kind) {
    case "completed": {
      const named = { results: new JsonText(outcome.results), claimToken };
      const rows = await database.call("tasker_complete_step", [workflowStepId], named, repeating);
      return Boolean(rows[0]?.repeated);
    }
    case "failed": {
      const named = { retryable: outcome.retryable, retryAfter: outcome.retryAfter, claimToken };
      const places = [workflowStepId, new JsonText(outcome.error)];
      const rows = await database.call("tasker_fail_step", places, named, repeating);
      return Boolean(rows[0]?.repeated);
    }
    case "released": {
      const named = { reason: outcome.reason, runAfter: seconds(outcome.runAfter) };
      await database.call("tasker_release_step", [workflowStepId, claimToken], named, repeating);
      return false;
    }
    case "abandoned":
      return false;
  }
}

/** Reports an outcome and handles what can go wrong; returns what was reported in the end. Throws {@link ConnectionLost}. */
export async function reportSafely(
  claim: Claim,
  outcome: Outcome,
  database: Database,
  stop: Stop,
  options: CallOptions = {},
): Promise<Outcome> {
  try {
    await report(claim, outcome, database, options);
    return outcome;
  } catch (error) {
    if (error instanceof ConnectionLost || !(error instanceof DatabaseError)) throw error;
    if (error instanceof LeaseLost) {
      stop.set("lost");
      database.logger.warn(describe(claim), `the lease of step ${claim.stepName} was lost: ${error.message}`);
      return { kind: "abandoned", reason: error.message };
    }
    database.logger.error(describe(claim), `step ${claim.stepName} could not be ${outcome.kind}: ${error.message}`);
    // The lease ends by itself, and the step is tried again.
    if (outcome.kind === "failed" || outcome === SHUTDOWN) return { kind: "abandoned", reason: error.message };
    // For example results, or a wait, that the database refuses: it must not be tried without end.
    return reportSafely(claim, failure(error), database, stop, options);
  }
}
