/** The errors of this package. Handlers throw three of them; calls to the database throw the others. */

/** The base of all errors of this package. */
export class TaskerError extends Error {
  constructor(message = "", options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

export interface StepErrorOptions {
  /** Is stored beside the message as `error_code`. */
  errorCode?: string | null;
  /** Is stored beside the message as `error_context`. */
  context?: unknown;
  cause?: unknown;
}

/** The base of the errors with which a handler says how its step ended. */
export class StepError extends TaskerError {
  readonly errorCode: string | null;
  readonly context: unknown;

  constructor(message = "", options: StepErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.errorCode = options.errorCode ?? null;
    this.context = options.context;
  }
}

/** The step has failed and must not be tried again, even if attempts are left. */
export class PermanentError extends StepError {}

/**
 * The step has failed and may be tried again.
 *
 * `retryAfter` is the least wait: seconds, a Date, or the text of an HTTP header `Retry-After`. The wait of the
 * configuration counts too; the step waits until both are over.
 */
export class RetryableError extends StepError {
  readonly retryAfter: number | Date | string | null;

  constructor(message = "", options: StepErrorOptions & { retryAfter?: number | Date | string | null } = {}) {
    super(message, options);
    this.retryAfter = options.retryAfter ?? null;
  }
}

/** The step cannot run yet. It is released, uses no attempt, and is ready again after `runAfter` seconds. */
export class PostponeStep extends TaskerError {
  readonly reason: string;
  readonly runAfter: number;

  constructor(reason = "postponed", options: { runAfter?: number } = {}) {
    super(reason);
    this.reason = reason;
    this.runAfter = options.runAfter ?? 0;
  }
}

/** The status of a heartbeat that ends an execution. */
export type StopReason = "cancelled" | "timed_out" | "lost";

/** The lease of the step has ended: what the handler does no longer counts. */
export class StepStopped extends TaskerError {
  readonly reason: string;

  constructor(reason: string) {
    super(`the step was stopped: ${reason}`);
    this.reason = reason;
  }
}

/** No handler is registered for a step. */
export class HandlerMissing extends TaskerError {}

export interface DatabaseErrorOptions {
  sqlstate?: string | null;
  detail?: string | null;
  hint?: string | null;
  cause?: unknown;
}

/** The database refused a call. `sqlstate`, `detail` and `hint` are those of PostgreSQL. */
export class DatabaseError extends TaskerError {
  readonly sqlstate: string | null;
  readonly detail: string | null;
  readonly hint: string | null;

  constructor(message: string, options: DatabaseErrorOptions = {}) {
    super(
      [message, options.detail, options.hint].filter(Boolean).join("\n"),
      "cause" in options ? { cause: options.cause } : undefined,
    );
    this.sqlstate = options.sqlstate ?? null;
    this.detail = options.detail ?? null;
    this.hint = options.hint ?? null;
  }
}

/** 40001: the step is not the worker's any more. Discard the work, and do not repeat the call. */
export class LeaseLost extends DatabaseError {}

/** 40001 or 40P01: another transaction was in the way. Repeat the whole transaction. */
export class TransactionConflict extends DatabaseError {}

/** P0002: there is no such task, step or name, or row-level security hides it. */
export class NotFound extends DatabaseError {}

/** Class 22: an argument, template or document is not valid. */
export class InvalidArgument extends DatabaseError {}

/** 55000: the state of the step, the task or the installation does not permit the call. `hint` says what would. */
export class Refused extends DatabaseError {}

/** 42501: the role lacks a privilege, or a policy forbids the write. */
export class AccessDenied extends DatabaseError {}

/** The connection broke, and the call was not repeated, or not for longer: it may have taken effect. */
export class ConnectionLost extends DatabaseError {}

/** Those with which a server says that it shuts down or starts, beside class 08. */
const CONNECTION_STATES = new Set(["57P01", "57P02", "57P03", "57P05"]);

/** The transaction was rolled back for a reason that passes: a conflict, a deadlock, a lock, or a cancellation. */
const PASSING_STATES = new Set(["40001", "40P01", "55P03", "57014"]);

/** Whether the same call may succeed soon: its transaction was rolled back, and nothing is wrong with the call. */
export function passes(error: unknown): boolean {
  if (!(error instanceof DatabaseError) || error instanceof LeaseLost || error.sqlstate === null) return false;
  return PASSING_STATES.has(error.sqlstate) || error.sqlstate.startsWith("53");
}

/** The SQLSTATE of an error of `pg`. Errors of the network have codes too, such as EPIPE, but no severity. */
function stateOf(error: unknown): string | null {
  const found = error as { code?: unknown; severity?: unknown };
  return typeof found.severity === "string" && typeof found.code === "string" ? found.code : null;
}

/** The error of this package for an error of `pg`. */
export function translate(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const found = error as { message?: string; code?: string; detail?: string; hint?: string };
  const state = stateOf(error);
  const message = found.message || found.code || String(error);
  return new (kindOf(state, message))(message, {
    sqlstate: state,
    detail: state === null ? null : found.detail,
    hint: state === null ? null : found.hint,
    cause: error,
  });
}

function kindOf(state: string | null, message: string): typeof DatabaseError {
  if (state === null || state.startsWith("08") || CONNECTION_STATES.has(state)) return ConnectionLost;
  if (state === "40001" && message.includes("claim") && message.includes("lost")) return LeaseLost;
  if (state === "40001" || state === "40P01") return TransactionConflict;
  if (state === "P0002") return NotFound;
  if (state === "55000") return Refused;
  if (state === "42501") return AccessDenied;
  if (state.startsWith("22")) return InvalidArgument;
  return DatabaseError;
}
