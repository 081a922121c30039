/** Calls of the extension's functions: one statement, one transaction, no state of the session. */

import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import { ConnectionLost, DatabaseError, Refused, passes, translate } from "./errors.js";
import { type Logger, textLogger } from "./logs.js";
import { identifier, literal, snakeCase, types } from "./sql.js";

/** A row as `pg` returns it: columns with JSON are texts, bigints are numbers, intervals are seconds. */
// biome-ignore lint/suspicious/noExplicitAny: the types of columns are those of the functions, which the compiler cannot see
export type Row = Record<string, any>;
/** A connection of `pg`: a Client, or one that a Pool has given. */
export type Connection = pg.ClientBase;

export interface DatabaseOptions {
  /** The schema of the installation. Without it, the search path of the role decides. */
  schema?: string;
  /** For how many seconds a call that can be repeated tries again after its connection broke. 300 by default. */
  reconnectFor?: number;
  /** By default, warnings and errors go to stderr. */
  logger?: Logger;
}

export interface CallOptions {
  /** Runs in the transaction of this connection, whose settings are as before afterwards. */
  connection?: Connection;
  /** Repeats the call after its connection broke, or after a failure that passes, such as a deadlock. */
  repeat?: boolean;
  /** Ends the repetition. */
  giveUp?: AbortSignal;
}

/** A call with the connection that it uses, so that another session can cancel it. */
export interface Running {
  readonly rows: Promise<Row[]>;
  cancel(): Promise<void>;
}

const nothing = (): void => {};

/**
 * A database with an installation of tasker_core, and the connections to it.
 *
 * `connections` is a connection string, the configuration of a `pg.Pool`, or a pool of the application. Each call is one
 * transaction, and depends on nothing that an earlier call left in the session. So PgBouncer in transaction mode works.
 *
 * A worker needs a connection for its claims, one for heartbeats and at least one for reports: give it a pool of three or more.
 *
 * The calls throw subclasses of {@link DatabaseError}.
 */
export class Database {
  readonly schema: string | undefined;
  readonly reconnectFor: number;
  readonly logger: Logger;
  /** Settings of PostgreSQL that hold during each call, for example of a test's clock. */
  readonly settings: Record<string, string> = {};
  readonly #pool: pg.Pool;
  readonly #ownsPool: boolean;
  #extensionSchema: string | undefined;
  #closed = false;

  constructor(connections: string | pg.PoolConfig | pg.Pool = {}, options: DatabaseOptions = {}) {
    this.schema = options.schema;
    this.reconnectFor = options.reconnectFor ?? 300;
    this.logger = options.logger ?? textLogger("warn");
    this.#ownsPool = !(connections instanceof pg.Pool);
    this.#pool =
      connections instanceof pg.Pool
        ? connections
        : new pg.Pool({
            fallback_application_name: "tasker_core",
            keepAlive: true,
            keepAliveInitialDelayMillis: 30_000,
            ...(typeof connections === "string" ? { connectionString: connections } : connections),
          });
    // An idle connection that breaks is replaced at the next call.
    this.#pool.on("error", nothing);
    // The server may end a new connection in the packet in which it says that it is ready, before anything else could listen.
    this.#pool.on("connect", (connection) => connection.on("error", nothing));
  }

  /** Closes all connections, unless the application gave the pool. Later calls throw {@link ConnectionLost}. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#ownsPool) await this.#pool.end();
  }

  /** Runs a function with a connection that no other call uses meanwhile. */
  async withConnection<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#closed) throw new ConnectionLost("the Database is closed");
    let connection: pg.PoolClient;
    try {
      connection = await this.#pool.connect();
    } catch (error) {
      throw translate(error);
    }
    // Without a listener, a connection that breaks between two statements would end the process.
    connection.on("error", nothing);
    let broken: boolean | undefined = true;
    try {
      const result = await use(connection);
      broken = undefined;
      return result;
    } catch (error) {
      broken = error instanceof ConnectionLost ? true : undefined;
      throw error;
    } finally {
      connection.off("error", nothing);
      connection.release(broken);
    }
  }

  /** Runs a function in a transaction of its own. */
  async transaction<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    return this.withConnection(async (connection) => {
      await send(connection, "BEGIN");
      try {
        const result = await use(connection);
        await send(connection, "COMMIT");
        return result;
      } catch (error) {
        await send(connection, "ROLLBACK").catch((failure: unknown) => {
          throw failure instanceof ConnectionLost ? failure : error;
        });
        throw error;
      }
    });
  }

  /** The statement that sets what a call needs, for its transaction. */
  #settings(more: Record<string, string> = {}): string {
    const settings = Object.entries({ ...this.settings, ...more }).map(
      ([name, value]) => `pg_catalog.set_config(${literal(name)}, ${literal(value)}, true)`,
    );
    // So that times can be read, whatever the role has set.
    settings.push("pg_catalog.set_config('datestyle', 'ISO', true)");
    if (this.schema !== undefined) {
      const path = literal(`${identifier(this.schema)}, `);
      settings.push(`pg_catalog.set_config('search_path', ${path} || pg_catalog.current_setting('search_path'), true)`);
    }
    return `SELECT ${settings.join(", ")}`;
  }

  /** Sends the settings and the statement as one message, which is one transaction. Tests override it. */
  protected async run(connection: Connection, statement: string, settings?: Record<string, string>): Promise<Row[]> {
    const results = await send(connection, `${this.#settings(settings)}; ${statement}`);
    return results.at(-1) ?? [];
  }

  /** Runs in the transaction of a caller, and leaves its settings as they were. */
  async #runInside(connection: Connection, statement: string): Promise<Row[]> {
    const names = [...Object.keys(this.settings), "datestyle", ...(this.schema === undefined ? [] : ["search_path"])];
    const columns = names.map((name, place) => `pg_catalog.current_setting(${literal(name)}, true) AS s${place}`);
    const before = (await send(connection, `SELECT ${columns.join(", ")}`))[0]?.[0] ?? {};
    const restored = names.map(
      (name, place) =>
        `pg_catalog.set_config(${literal(name)}, ${literal((before[`s${place}`] as string | null) ?? "")}, true)`,
    );
    const results = await send(connection, `${this.#settings()}; ${statement}; SELECT ${restored.join(", ")}`);
    return results.at(-2) ?? [];
  }

  /** Runs one statement and returns its rows. */
  async execute(statement: string, options: CallOptions = {}): Promise<Row[]> {
    const { connection, giveUp } = options;
    if (connection !== undefined) return this.#runInside(connection, statement);
    const until = performance.now() + this.reconnectFor * 1000;
    for (let pause = 50; ; pause = Math.min(pause * 2, 5000)) {
      try {
        return await this.withConnection((own) => this.run(own, statement));
      } catch (error) {
        if (!options.repeat || this.#closed || !(error instanceof ConnectionLost || passes(error))) throw error;
        if (performance.now() >= until || giveUp?.aborted) throw error;
        this.logger.warn({}, `a call is repeated: ${(error as Error).message}`);
      }
      await sleep(pause * (0.5 + Math.random() / 2), undefined, giveUp ? { signal: giveUp } : {}).catch(nothing);
    }
  }

  /** Runs a statement that {@link Running.cancel} can end. Its connection is closed afterwards if it was cancelled. */
  start(statement: string, settings: Record<string, string>): Running {
    let used: Connection | undefined;
    let ended = false;
    let cancelled = false;
    let cancelling: Promise<void> | undefined;
    const rows = this.withConnection(async (connection) => {
      // A cancellation that came before the connection.
      if (cancelled) return [];
      used = connection;
      try {
        return await this.run(connection, statement, settings);
      } finally {
        ended = true;
        // A cancellation that comes late must not hit another statement.
        if (cancelled) {
          await cancelling;
          await (connection as pg.Client).end().catch(nothing);
        }
      }
    });
    const cancel = async (): Promise<void> => {
      cancelled = true;
      if (used === undefined || ended) return;
      cancelling = requestCancellation(used);
      await cancelling;
    };
    return { rows, cancel };
  }

  /** The schema of the extension. Throws {@link Refused} if the database has none. */
  async extensionSchema(options: CallOptions = {}): Promise<string> {
    if (this.#extensionSchema === undefined) {
      const statement =
        "SELECT nspname FROM pg_catalog.pg_extension" +
        " JOIN pg_catalog.pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'tasker_core'";
      const rows = await this.execute(statement, options);
      if (rows[0] === undefined) {
        throw new Refused("the database has no extension tasker_core", { hint: "Run CREATE EXTENSION tasker_core." });
      }
      this.#extensionSchema = String(rows[0].nspname);
    }
    return this.#extensionSchema;
  }

  /** The call of a function of the extension; named arguments that are null or undefined are left out. */
  async statement(
    name: string,
    places: readonly unknown[] = [],
    named: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Promise<string> {
    const written = places.map(literal);
    for (const [key, value] of Object.entries(named)) {
      if (value !== null && value !== undefined) written.push(`${identifier(snakeCase(key))} => ${literal(value)}`);
    }
    const schema = identifier(await this.extensionSchema(options));
    const call = `${schema}.${identifier(name)}(${written.join(", ")})`;
    return `SELECT called.*, pg_catalog.clock_timestamp() AS server_time FROM ${call} AS called`;
  }

  /** Calls a function of the extension with arguments by place and by name, and returns its rows. */
  async call(
    name: string,
    places: readonly unknown[] = [],
    named: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Promise<Row[]> {
    return this.execute(await this.statement(name, places, named, options), options);
  }

  /** The first column of the first row of {@link call}. */
  async value(
    name: string,
    places: readonly unknown[] = [],
    named: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    return Object.values((await this.call(name, places, named, options))[0] ?? {})[0];
  }
}

/** Sends statements as one message of the simple protocol, and returns the rows of each. */
export async function send(connection: Connection, statements: string): Promise<Row[][]> {
  try {
    const answer = (await connection.query({ text: statements, types })) as pg.QueryResult | pg.QueryResult[];
    return (Array.isArray(answer) ? answer : [answer]).map((result) => result.rows as Row[]);
  } catch (error) {
    throw translate(error);
  }
}

/** Asks the server to cancel the statement that a connection runs: a message of the protocol, on a connection of its own. */
async function requestCancellation(connection: Connection): Promise<void> {
  const { host, port, processID, secretKey } = connection as unknown as {
    host: string;
    port: number;
    processID: number | null;
    secretKey: number | null;
  };
  if (processID === null || secretKey === null) return;
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(80877102, 4);
  message.writeInt32BE(processID, 8);
  message.writeInt32BE(secretKey, 12);
  await new Promise<void>((resolve) => {
    const socket = host.startsWith("/") ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host);
    socket.setTimeout(5000, () => socket.destroy());
    // If the request does not arrive, the caller repeats it; in the end, the claim's wait is over.
    socket.on("error", nothing);
    socket.on("close", () => resolve());
    // The other side closes the connection when the request is done. Closing it earlier ends PgBouncer 1.18
    // (https://github.com/pgbouncer/pgbouncer/issues/801).
    socket.on("connect", () => socket.write(message));
    socket.resume();
  });
}

/** Whether a statement was cancelled. */
export function isCancellation(error: unknown): boolean {
  return error instanceof DatabaseError && error.sqlstate === "57014";
}
