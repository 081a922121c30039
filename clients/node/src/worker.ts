import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { Completions } from "./completions.js";
import { type Database, type Row, type Running, isCancellation } from "./database.js";
import { ConnectionLost, passes } from "./errors.js";
import { type Outcome, SHUTDOWN, execute, reportSafely } from "./execution.js";
import type { Handlers } from "./handler.js";
import { Heartbeats } from "./heartbeats.js";
import { Metrics } from "./metrics.js";
import { seconds } from "./sql.js";
import { type Claim, type Stop, type TraceContext, claimFromRow, describe, traceContexts } from "./steps.js";
import * as tracing from "./tracing.js";

/** Which steps a worker claims: those that match every filter that is given. */
export interface Filters {
  namespaces?: readonly string[];
  taskNames?: readonly string[];
  version?: string;
  stepNames?: readonly string[];
  dependentSystems?: readonly string[];
  /** What is left out: lists of `namespaces`, `task_names`, `step_names` or `dependent_systems`. */
  exclude?: Partial<Record<"namespaces" | "task_names" | "step_names" | "dependent_systems", readonly string[]>>;
}

export interface WorkerOptions {
  /** What the database stores as the worker of a lease; the machine and the process by default. */
  name?: string;
  /** How many handlers run at once. 1 by default. */
  concurrency?: number;
  /** How many steps a claim returns when there is a free place. Above 1, finished steps are completed together. 1 by default. */
  batchSize?: number;
  /** For how many seconds a finished step waits for others of its batch. 0.2 by default. */
  batchDelay?: number;
  /** By default, and if all handlers are registered by the names of steps, the steps of these names. */
  filters?: Filters;
  /** For how many seconds the worker may be silent; the setting of the database by default. */
  lease?: number;
  /** For how many seconds a claim waits for work. 30 by default. */
  wait?: number;
  /** How many seconds running handlers have to end after {@link Worker.stop}. 60 by default. */
  shutdownTimeout?: number;
  /** How many seconds a handler has to return after its lease has ended. Then another one gets its place. 10 by default. */
  grace?: number;
  /** After so many handlers that did not return, the worker ends with an error. 10 by default. */
  mostStuck?: number;
  metrics?: Metrics;
  /** Whether to read the trace context of each task; by default, whether the program has set up OpenTelemetry. */
  tracing?: boolean;
}

/** A name that tells the machine and the process. */
export function defaultName(): string {
  return `${os.hostname()}:${process.pid}`;
}

interface Waiting {
  claim: Claim;
  stop: Stop;
  trace: TraceContext | undefined;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** The longest that a timer can wait. */
const LONGEST_INTERVAL = 2 ** 31 - 1;

/** Executes steps until it is stopped. */
export class Worker {
  readonly name: string;
  /** Handlers whose lease has ended and that have not returned. */
  stuck = 0;
  readonly #database: Database;
  readonly #handlers: Handlers;
  readonly #options: Required<Omit<WorkerOptions, "name" | "lease" | "filters" | "tracing">>;
  readonly #lease: number | undefined;
  readonly #filters: Filters | undefined;
  readonly #tracing: boolean | undefined;
  readonly #heartbeats: Heartbeats;
  readonly #completions: Completions;
  readonly #giveUp = new AbortController();
  /** Claimed steps that no handler has begun. */
  readonly #waiting: Waiting[] = [];
  /** Claims whose handlers run. */
  readonly #handling = new Set<Claim>();
  /** Claims whose handlers have lost their place. */
  readonly #replaced = new Set<Claim>();
  /** Steps that have a place: their handlers run, or they are reported. */
  #active = 0;
  #hasRun = false;
  #stopping = false;
  #claiming: Running | undefined;
  #lastClaim: { key: string; text: string } | undefined;
  #error: unknown;
  #stopRequested: () => void = () => {};
  readonly #whenStopped = new Promise<void>((resolve) => (this.#stopRequested = resolve));
  #listeners: (() => void)[] = [];

  /** Throws RangeError for a concurrency or batch size below 1. */
  constructor(database: Database, handlers: Handlers, options: WorkerOptions = {}) {
    this.name = options.name ?? defaultName();
    this.#database = database;
    this.#handlers = handlers;
    this.#lease = options.lease;
    this.#filters = options.filters;
    this.#tracing = options.tracing;
    this.#options = {
      concurrency: options.concurrency ?? 1,
      batchSize: options.batchSize ?? 1,
      batchDelay: options.batchDelay ?? 0.2,
      wait: options.wait ?? 30,
      shutdownTimeout: options.shutdownTimeout ?? 60,
      grace: options.grace ?? 10,
      mostStuck: options.mostStuck ?? 10,
      metrics: options.metrics ?? new Metrics(),
    };
    const { concurrency, batchSize, batchDelay, metrics } = this.#options;
    if (!(concurrency >= 1 && batchSize >= 1)) throw new RangeError("concurrency and batchSize must be at least 1");
    this.#heartbeats = new Heartbeats(database, (claim, reason) => this.#leaseEnded(claim, reason));
    this.#completions = new Completions({
      database,
      heartbeats: this.#heartbeats,
      metrics,
      most: batchSize,
      delay: batchDelay,
      isIdle: () => this.#waiting.length === 0,
      giveUp: this.#giveUp.signal,
    });
  }

  /**
   * Begins the shutdown: the worker claims nothing more, releases the steps that it has not begun, and finishes those that it has.
   */
  stop(): void {
    this.#stopping = true;
    this.#stopRequested();
    this.#changed();
  }

  /**
   * Works until {@link stop}, SIGTERM or SIGINT; then returns after the shutdown. A worker runs once.
   *
   * A lost connection is made again. Throws DatabaseError if a claim is refused, for example without privileges, and Error after
   * `mostStuck` handlers that did not return.
   */
  async run(options: { handleSignals?: boolean } = {}): Promise<void> {
    if (this.#hasRun) throw new Error("a Worker runs once: make another one");
    this.#hasRun = true;
    const handleSignals = options.handleSignals ?? true;
    const stop = (): void => this.stop();
    if (handleSignals) for (const name of SIGNALS) process.on(name, stop);
    this.#database.logger.info({ worker: this.name }, `worker ${this.name} has started`);
    // While all places are taken by handlers that wait for nothing, no socket and no timer would keep the process from ending.
    const alive = setInterval(() => {}, LONGEST_INTERVAL);
    const claimer = this.#claimUntilStopped();
    try {
      await this.#whenStopped;
      // A second Ctrl-C ends the process at once.
      process.off("SIGINT", stop);
      await this.#shutDown(claimer);
    } finally {
      clearInterval(alive);
      if (handleSignals) for (const name of SIGNALS) process.off(name, stop);
    }
    if (this.#error !== undefined) throw this.#error;
  }

  /** Wakes all that wait for a change of this object. */
  #changed(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  /** Waits for the next change, or so many milliseconds. */
  async #change(milliseconds?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#listeners.push(resolve);
      if (milliseconds !== undefined) timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
  }

  async #shutDown(claimer: Promise<void>): Promise<void> {
    const { logger } = this.#database;
    const deadline = performance.now() + this.#options.shutdownTimeout * 1000;
    logger.info({ worker: this.name }, `worker ${this.name} stops`);
    // The claim waits in the database. A cancellation may come before the statement begins, so it is repeated.
    let claims = true;
    const ended = claimer.then(() => (claims = false));
    while (claims) {
      await this.#claiming?.cancel();
      await Promise.race([ended, sleep(200, undefined, { ref: false })]);
      if (claims && performance.now() > deadline) {
        logger.error({}, "the claim has not ended in time; the leases of its steps will expire");
        break;
      }
    }
    // What no handler has begun goes back.
    for (const { claim, stop } of this.#waiting.splice(0)) this.#completions.add({ claim, outcome: SHUTDOWN, stop });
    while (this.#active > 0 && performance.now() < deadline) await this.#change(deadline - performance.now());
    for (const claim of this.#handling) {
      logger.error(describe(claim), "a handler has not ended in time; its lease will expire");
    }
    // What cannot be reported until then, because there is no server, is not repeated any more.
    const giveUp = setTimeout(() => this.#giveUp.abort(), Math.max(0, deadline - performance.now()));
    await this.#completions.close();
    clearTimeout(giveUp);
    if (this.#active > 0) this.#giveUp.abort();
    await this.#heartbeats.close();
    logger.info({ worker: this.name }, `worker ${this.name} has stopped`);
  }

  // Claims

  async #claimUntilStopped(): Promise<void> {
    const { concurrency, batchSize, metrics } = this.#options;
    try {
      for (let pause = 50; !this.#stopping; ) {
        const free = concurrency - this.#active - this.#waiting.length;
        if (free < 1) {
          await this.#change();
          continue;
        }
        try {
          await this.#claim(Math.max(free, batchSize));
          pause = 50;
        } catch (error) {
          const lost = error instanceof ConnectionLost;
          if (!lost && !passes(error)) throw error;
          this.#database.logger.warn({}, `worker ${this.name} claims again: ${(error as Error).message}`);
          if (lost) metrics.reconnected();
          const until = performance.now() + pause;
          while (!this.#stopping && performance.now() < until) await this.#change(until - performance.now());
          pause = Math.min(pause * 2, 5000);
        }
      }
    } catch (error) {
      this.#error = error;
      this.stop();
    }
  }

  async #claim(most: number): Promise<void> {
    const { wait, metrics } = this.#options;
    const began = performance.now();
    const statement = await this.#claimStatement(most);
    if (this.#stopping) return;
    let rows: Row[];
    // The role may have a shorter limit for its statements.
    this.#claiming = this.#database.start(statement, { statement_timeout: String(Math.trunc((wait + 30) * 1000)) });
    try {
      rows = await this.#claiming.rows;
    } catch (error) {
      if (this.#stopping && isCancellation(error)) return;
      throw error;
    } finally {
      this.#claiming = undefined;
    }
    const claims = rows.map(claimFromRow);
    metrics.claimed(claims.length, (performance.now() - began) / 1000);
    if (claims.length === 0) return;
    const stops = claims.map((claim) => this.#heartbeats.add(claim));
    const traces = await this.#traces(claims);
    claims.forEach((claim, place) => {
      this.#waiting.push({ claim, stop: stops[place] as Stop, trace: traces.get(claim.taskId) });
    });
    this.#begin();
  }

  async #claimStatement(most: number): Promise<string> {
    const filters = this.#filters ?? { stepNames: this.#handlers.stepNames() };
    const key = JSON.stringify([most, filters]);
    // Nearly every claim is like the one before.
    if (this.#lastClaim?.key !== key) {
      const named = { lease: seconds(this.#lease), wait: seconds(this.#options.wait), ...filters };
      const text = await this.#database.statement("tasker_claim_steps", [this.name, most], named);
      this.#lastClaim = { key, text };
    }
    return this.#lastClaim.text;
  }

  async #traces(claims: Claim[]): Promise<Map<number, TraceContext>> {
    if (!(this.#tracing ?? tracing.enabled())) return new Map();
    try {
      return await traceContexts(this.#database, [...new Set(claims.map((claim) => claim.taskId))]);
    } catch (error) {
      this.#database.logger.warn({}, `trace contexts could not be read: ${(error as Error).message}`);
      return new Map();
    }
  }

  // Handlers

  /** Gives free places to steps that wait. */
  #begin(): void {
    while (!this.#stopping && this.#active < this.#options.concurrency) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#active++;
      void this.#work(next);
    }
  }

  async #work({ claim, stop, trace }: Waiting): Promise<void> {
    const { metrics } = this.#options;
    let outcome: Outcome;
    if (stop.reason !== null) {
      outcome = { kind: "abandoned", reason: stop.reason };
    } else {
      this.#handling.add(claim);
      outcome = await execute(claim, { database: this.#database, handlers: this.#handlers, stop, metrics, trace });
      this.#handling.delete(claim);
    }
    if (this.#replaced.delete(claim)) {
      // Its lease has ended long ago, and another handler has its place.
      this.stuck--;
      return;
    }
    await this.#report(claim, outcome, stop);
    this.#active--;
    this.#begin();
    this.#changed();
  }

  async #report(claim: Claim, outcome: Outcome, stop: Stop): Promise<void> {
    if (this.#options.batchSize > 1) {
      this.#completions.add({ claim, outcome, stop });
      return;
    }
    const began = performance.now();
    try {
      await reportSafely(claim, outcome, this.#database, stop, { giveUp: this.#giveUp.signal });
      this.#options.metrics.reported(1, (performance.now() - began) / 1000);
    } catch (error) {
      const text = `a step could not be reported; its lease will expire: ${(error as Error).message}`;
      this.#database.logger.error(describe(claim), text);
    }
    this.#heartbeats.remove(claim);
  }

  #leaseEnded(claim: Claim, reason: string): void {
    setTimeout(() => this.#replace(claim), this.#options.grace * 1000).unref();
    this.#options.metrics.leaseEnded(claim, reason);
  }

  /** Gives the place of a handler that does not return to another one. */
  #replace(claim: Claim): void {
    if (this.#stopping || !this.#handling.delete(claim)) return;
    this.#replaced.add(claim);
    this.#active--;
    this.stuck++;
    const text = "a handler has not returned after its lease ended; another one takes its place";
    this.#database.logger.error(describe(claim), text);
    if (this.stuck >= this.#options.mostStuck) {
      this.#error = new Error(`${this.stuck} handlers have not returned after their leases had ended`);
      this.stop();
      return;
    }
    this.#begin();
    this.#changed();
  }
}
