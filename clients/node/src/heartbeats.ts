/** Heartbeats of all leases of a worker, in calls of their own. */

import type { Database, Row } from "./database.js";
import { uuid } from "./sql.js";
import { type Claim, Stop, describe, leaseSeconds } from "./steps.js";

// With a test's clock, the end of a lease and the server's time do not fit together.
const SHORTEST = 0.1;
const LONGEST = 3600;

interface Lease {
  claim: Claim;
  stop: Stop;
  nextBeat: number;
}

/** How many seconds after a heartbeat the next one is due: half of the lease. */
export function beatAfter(lease: number): number {
  return Math.min(Math.max(lease / 2, SHORTEST), LONGEST);
}

const now = (): number => performance.now() / 1000;

/**
 * Extends leases at half of their time, and sets the {@link Stop} of those that have ended.
 *
 * `onEnd` is called with the claim and the reason when a lease has ended. If the database cannot be reached, the leases count as
 * held: once they have expired, the database gives the steps to others, and refuses what this worker reports.
 */
export class Heartbeats {
  readonly #database: Database;
  readonly #onEnd: (claim: Claim, reason: string) => void;
  readonly #leases = new Map<string, Lease>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends. */
  #looksAt = 0;
  #beating: Promise<void> | undefined;
  #closed = false;

  constructor(database: Database, onEnd: (claim: Claim, reason: string) => void = () => {}) {
    this.#database = database;
    this.#onEnd = onEnd;
  }

  /** Keeps the lease of a claim alive, until {@link remove}. */
  add(claim: Claim): Stop {
    const stop = new Stop();
    const nextBeat = now() + beatAfter(leaseSeconds(claim));
    this.#leases.set(claim.claimToken, { claim, stop, nextBeat });
    // Mostly, the timer waits for an earlier lease.
    if (this.#timer === undefined || nextBeat < this.#looksAt) this.#schedule();
    return stop;
  }

  /** Lets the lease go. */
  remove(claim: Claim): void {
    this.#leases.delete(claim.claimToken);
    if (this.#leases.size === 0) this.#schedule();
  }

  /** Sends no more heartbeats. The leases stay until they expire. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#schedule();
    await this.#beating;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed || this.#beating !== undefined || this.#leases.size === 0) return;
    const first = Math.min(...[...this.#leases.values()].map((lease) => lease.nextBeat));
    this.#looksAt = first;
    this.#timer = setTimeout(
      () => {
        this.#beating = this.#beat().finally(() => {
          this.#beating = undefined;
          this.#schedule();
        });
      },
      Math.max(0, (first - now()) * 1000),
    );
  }

  /** One call for all that are due soon. */
  async #beat(): Promise<void> {
    const limit = now() + 0.05;
    const due = [...this.#leases].filter(([, lease]) => lease.nextBeat <= limit).map(([token]) => token);
    if (due.length === 0) return;
    let rows: Row[] = [];
    try {
      rows = await this.#database.call("tasker_heartbeat", [due.map(uuid)]);
    } catch (error) {
      this.#database.logger.warn({}, `heartbeat failed: ${(error as Error).message}`);
      for (const token of due) {
        const lease = this.#leases.get(token);
        // Often enough to find a server that is back before the lease ends.
        if (lease) lease.nextBeat = now() + Math.min(1, beatAfter(leaseSeconds(lease.claim)) / 2);
      }
    }
    for (const row of rows) {
      try {
        this.#take(row);
      } catch (error) {
        this.#database.logger.error({ err: error }, "a hook for the end of a lease has failed");
      }
    }
  }

  #take(row: Row): void {
    const lease = this.#leases.get(row.claim_token as string);
    if (lease === undefined) return;
    if (row.status === "held") {
      lease.nextBeat = now() + beatAfter(leaseSeconds({ leaseUntil: row.lease_until, serverTime: row.server_time }));
      return;
    }
    this.#leases.delete(row.claim_token as string);
    const reason = String(row.status);
    this.#database.logger.warn({ ...describe(lease.claim), reason }, `a lease has ended: ${reason}`);
    lease.stop.set(reason);
    this.#onEnd(lease.claim, reason);
  }
}
