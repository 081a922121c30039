/** tasker_core: step handlers, workers and an API for the workflow engine inside PostgreSQL. */

export { ApiHandler, type ApiRequest, ApiResponse, type RequestOptions, checkResponse } from "./api-handler.js";
export { type Arguments, Client, type CreateOptions, type TaskOptions, type TaskRequest } from "./client.js";
export { type CallOptions, type Connection, Database, type DatabaseOptions, type Row } from "./database.js";
export { type Json, dumps, loads } from "./documents.js";
export {
  AccessDenied,
  ConnectionLost,
  DatabaseError,
  HandlerMissing,
  InvalidArgument,
  LeaseLost,
  NotFound,
  PermanentError,
  PostponeStep,
  Refused,
  RetryableError,
  StepError,
  StepStopped,
  TaskerError,
  TransactionConflict,
} from "./errors.js";
export { type HandlerClass, Handlers, type Place, type Process, StepHandler } from "./handler.js";
export { type Level, type Logger, jsonLogger, textLogger } from "./logs.js";
export { Metrics } from "./metrics.js";
export {
  type Job,
  Orchestrator,
  type OrchestratorOptions,
  type Queue,
  type RunTaskOptions,
  runTask,
} from "./orchestrator.js";
export type * from "./results.js";
export { JsonText, Typed, seconds } from "./sql.js";
export {
  type Claim,
  type NewStep,
  type SequenceStep,
  Step,
  StepSequence,
  Task,
  type TraceContext,
} from "./steps.js";
export { loadTemplate } from "./templates.js";
export { type Filters, Worker, type WorkerOptions } from "./worker.js";
