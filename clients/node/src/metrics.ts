import type { Claim } from "./steps.js";

/** Hooks for figures. Subclass it and pass it to a worker. The methods must be quick and throw nothing. */
export class Metrics {
  /** A claim has returned so many steps, after so many seconds (with the time it waited). */
  claimed(_steps: number, _seconds: number): void {}

  /** A handler begins. */
  stepStarted(_claim: Claim): void {}

  /** A handler has ended: `completed`, `failed`, `released` or `abandoned`. */
  stepEnded(_claim: Claim, _outcome: string, _seconds: number): void {}

  /** A heartbeat said that a lease has ended: `cancelled`, `timed_out` or `lost`. */
  leaseEnded(_claim: Claim, _reason: string): void {}

  /** So many outcomes were stored, in so many seconds. */
  reported(_steps: number, _seconds: number): void {}

  /** The connection for claims was lost and is made again. */
  reconnected(): void {}
}
