/** What the calls of a Client return: the columns of the SQL functions. */

import type { Row } from "./database.js";
import { type Json, loads } from "./documents.js";
import { camelCase } from "./sql.js";

/** A template that was registered. */
export interface RegisteredTask {
  namedTaskId: number;
  namespace: string;
  taskName: string;
  version: string;
  created: boolean;
  changed: boolean;
}

/** A problem of a template, and where it is. */
export interface TemplateProblem {
  path: string;
  problem: string;
}

/** A task that was created, or that an equal request had created before (`created` is false). */
export interface CreatedTask {
  taskId: number;
  created: boolean;
  namedTaskId: number;
  identityHash: string;
}

/** What a signal did. */
export interface SentSignal {
  isNew: boolean;
  completedStepIds: number[];
}

/** A task that a search has found. */
export interface FoundTask {
  taskId: number;
  namespace: string;
  taskName: string;
  version: string;
  currentState: string;
  stateSince: Date;
  complete: boolean;
  initiator: string | null;
  sourceSystem: string | null;
  reason: string | null;
  tags: Json;
  requestedAt: Date;
  createdAt: Date;
}

/** A step that a search has found. */
export interface FoundStep {
  workflowStepId: number;
  taskId: number;
  namespace: string;
  taskName: string;
  version: string;
  stepName: string;
  currentState: string;
  stateSince: Date;
  attempts: number;
  retryLimit: number;
  blockingReason: string | null;
  blockedByStepId: number | null;
  nextEligibleAt: Date | null;
  ready: boolean;
  createdAt: Date;
  processedAt: Date | null;
}

/** A step that has failed for good. */
export interface DeadLetter {
  workflowStepId: number;
  taskId: number;
  namespace: string;
  taskName: string;
  version: string;
  stepName: string;
  failedAt: Date;
  attempts: number;
  blockingReason: string | null;
  errorClass: string | null;
  error: string | null;
}

/** Something that happened to a task. */
export interface TimelineEntry {
  at: Date;
  event: string;
  workflowStepId: number | null;
  stepName: string | null;
  fromState: string | null;
  toState: string | null;
  attempt: number | null;
  cause: string | null;
  actor: string | null;
  /** Seconds. */
  lasted: number | null;
  details: Json;
}

/** A step whose state an operator has changed. */
export interface StepChange {
  workflowStepId: number;
  fromState: string;
  state: string;
}

/** A task that an action on many matched. `refusal` says why it was left as it is. */
export interface ManyTasks {
  taskId: number;
  namespace: string;
  taskName: string;
  version: string;
  currentState: string;
  action: string;
  done: boolean;
  refusal: string | null;
}

/** A step that an action on many matched. `refusal` says why it was left as it is. */
export interface ManySteps {
  workflowStepId: number;
  taskId: number;
  taskName: string;
  stepName: string;
  errorClass: string | null;
  error: string | null;
  action: string;
  done: boolean;
  refusal: string | null;
}

/** The result in a row: its columns, in the style of JavaScript. `documents` are the columns with JSON. */
export function resultOf<Result>(row: Row, documents: readonly string[]): Result {
  const result: Row = {};
  for (const [name, value] of Object.entries(row)) {
    if (name === "server_time") continue;
    result[camelCase(name)] = documents.includes(name) && typeof value === "string" ? loads(value) : value;
  }
  return result as Result;
}
