/** Completes finished steps, several in one call. */

import type { Database } from "./database.js";
import { ConnectionLost, DatabaseError } from "./errors.js";
import { type Outcome, reportSafely } from "./execution.js";
import type { Heartbeats } from "./heartbeats.js";
import type { Metrics } from "./metrics.js";
import { JsonText, uuid } from "./sql.js";
import { type Claim, type Stop, describe } from "./steps.js";

/** A step whose handler has ended, and that has not been reported yet. */
export interface Finished {
  claim: Claim;
  outcome: Outcome;
  stop: Stop;
}

export interface CompletionsOptions {
  database: Database;
  heartbeats: Heartbeats;
  metrics: Metrics;
  most: number;
  delay: number;
  isIdle: () => boolean;
  giveUp: AbortSignal;
}

/**
 * Gathers finished steps, and completes them with `tasker_complete_steps()`, one batch after another.
 *
 * It waits until there are `most` of them, until `isIdle()` says that no claimed step waits for a place, or for `delay` seconds.
 */
export class Completions {
  readonly #options: CompletionsOptions;
  #finished: (Finished & { since: number })[] = [];
  #timer: NodeJS.Timeout | undefined;
  #reporting: Promise<void> | undefined;
  #ending = false;

  constructor(options: CompletionsOptions) {
    this.#options = options;
  }

  /** Reports the outcome soon. */
  add(finished: Finished): void {
    this.#finished.push({ ...finished, since: performance.now() });
    this.#look();
  }

  /** Reports the rest. */
  async close(): Promise<void> {
    this.#ending = true;
    this.#look();
    while (this.#reporting !== undefined) await this.#reporting;
  }

  #look(): void {
    const first = this.#finished[0];
    if (this.#reporting !== undefined || first === undefined) return;
    clearTimeout(this.#timer);
    const { most, delay, isIdle } = this.#options;
    const left = first.since + delay * 1000 - performance.now();
    if (!this.#ending && this.#finished.length < most && !isIdle() && left > 0) {
      this.#timer = setTimeout(() => this.#look(), left);
      return;
    }
    const batch = this.#finished.splice(0, most);
    this.#reporting = this.#reportAll(batch).finally(() => {
      this.#reporting = undefined;
      this.#look();
    });
  }

  async #reportAll(batch: Finished[]): Promise<void> {
    const { database, metrics, heartbeats } = this.#options;
    const began = performance.now();
    try {
      await this.#report(batch);
      metrics.reported(batch.length, (performance.now() - began) / 1000);
    } catch (error) {
      const fields = error instanceof ConnectionLost ? {} : { err: error };
      const text = `${batch.length} steps could not be reported; their leases will expire: ${(error as Error).message}`;
      database.logger.error(fields, text);
    }
    for (const one of batch) heartbeats.remove(one.claim);
  }

  async #report(batch: Finished[]): Promise<void> {
    const { database, giveUp } = this.#options;
    const refusals = new Map<number, string | null>();
    const together = batch.flatMap((one) =>
      one.outcome.kind === "completed" ? [{ ...one, results: one.outcome.results }] : [],
    );
    if (together.length > 1) {
      const places = [
        together.map((one) => one.claim.workflowStepId),
        together.map((one) => uuid(one.claim.claimToken)),
        together.map((one) => new JsonText(one.results)),
      ];
      try {
        const rows = await database.call("tasker_complete_steps", places, {}, { repeat: true, giveUp });
        for (const row of rows) refusals.set(row.workflow_step_id as number, row.refusal as string | null);
      } catch (error) {
        // One of them cannot be stored: each gets an answer of its own.
        if (error instanceof ConnectionLost || !(error instanceof DatabaseError)) throw error;
      }
      for (const { claim, stop } of together) {
        const refusal = refusals.get(claim.workflowStepId);
        if (typeof refusal !== "string") continue;
        stop.set("lost");
        database.logger.warn(describe(claim), `step ${claim.stepName} was refused: ${refusal}`);
      }
    }
    for (const { claim, outcome, stop } of batch) {
      if (!refusals.has(claim.workflowStepId)) await reportSafely(claim, outcome, database, stop, { giveUp });
    }
  }
}
