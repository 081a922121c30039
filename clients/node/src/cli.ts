#!/usr/bin/env node
/** `tasker-core work FILE[:NAME]`: runs a worker. */

import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { Database } from "./database.js";
import { Handlers } from "./handler.js";
import { jsonLogger, textLogger } from "./logs.js";
import { Worker } from "./worker.js";

const USAGE = `Usage: tasker-core work FILE[:NAME] [OPTION…]

Runs a worker with the handlers that the module FILE exports as NAME ("handlers" by default).

  --database URL      a connection string; the variables PGHOST, … count too
  --schema NAME       the schema of the installation; by default, the search path decides
  --name NAME         the name of the worker
  --concurrency N     how many handlers run at once (1)
  --batch-size N      how many steps to claim and complete in one call (1)
  --lease SECONDS     how long others cannot have a step without a heartbeat
  --wait SECONDS      for how long a claim waits for work (30)
  --namespace NAME    claim only in this namespace; may be repeated
  --log FORMAT        text or json (text)
`;

class UsageError extends Error {}

/** The handlers that a module exports. */
async function loadHandlers(place: string): Promise<Handlers> {
  const found = /^(.*?)(?::([A-Za-z_$][\w$]*))?$/s.exec(place);
  const file = found?.[1] ?? place;
  const module = (await import(pathToFileURL(path.resolve(file)).href)) as Record<string, unknown>;
  const handlers = module[found?.[2] ?? "handlers"];
  if (!(handlers instanceof Handlers))
    throw new UsageError(`${place} is no object of the class Handlers of tasker-core`);
  return handlers;
}

function positive(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value))
    throw new UsageError(`--${option} needs a number above 0, not "${text}"`);
  return value;
}

function readArguments(): ReturnType<typeof parse> {
  try {
    return parse();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function parse() {
  return parseArgs({
    allowPositionals: true,
    options: {
      database: { type: "string" },
      schema: { type: "string" },
      name: { type: "string" },
      concurrency: { type: "string" },
      "batch-size": { type: "string" },
      lease: { type: "string" },
      wait: { type: "string" },
      namespace: { type: "string", multiple: true },
      log: { type: "string", default: "text" },
      help: { type: "boolean", short: "h" },
    },
  });
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  if (values.help) return void process.stdout.write(USAGE);
  const [command, place, ...more] = positionals;
  if (command !== "work" || place === undefined || more.length > 0) throw new UsageError(`no such command\n\n${USAGE}`);
  if (values.log !== "text" && values.log !== "json") throw new UsageError("--log is text or json");
  const concurrency = positive(values.concurrency, "concurrency");
  const batchSize = positive(values["batch-size"], "batch-size");
  const lease = positive(values.lease, "lease");
  const wait = positive(values.wait, "wait");
  const handlers = await loadHandlers(place);
  const stepNames = handlers.stepNames();
  const database = new Database(
    {
      // Handlers, claims and heartbeats each need one.
      max: Math.max(10, (concurrency ?? 1) + 2),
      ...(values.database === undefined ? {} : { connectionString: values.database }),
    },
    {
      logger: values.log === "json" ? jsonLogger() : textLogger(),
      ...(values.schema === undefined ? {} : { schema: values.schema }),
    },
  );
  const worker = new Worker(database, handlers, {
    filters: { ...(stepNames && { stepNames }), ...(values.namespace && { namespaces: values.namespace }) },
    ...(values.name === undefined ? {} : { name: values.name }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(lease === undefined ? {} : { lease }),
    ...(wait === undefined ? {} : { wait }),
  });
  await worker.run();
  await database.close();
}

main().then(
  // A handler that never returns must not keep the process from ending.
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof UsageError ? error.message : ((error as Error).stack ?? String(error))}\n`,
    );
    process.exit(1);
  },
);
