/** What the package writes to a log. */

/** Where records go: ids, names, attempt, outcome and seconds as an object, and a message. Loggers of pino fit. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

function logger(least: Level, write: (level: Level, fields: object, message: string) => void): Logger {
  const at = (level: Level) => (fields: object, message: string) => {
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(least)) write(level, fields, message);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

type Write = (line: string) => void;
const toStderr: Write = (line) => void process.stderr.write(line);

/** Lines for people. */
export function textLogger(least: Level = "info", write: Write = toStderr): Logger {
  return logger(least, (level, fields, message) => {
    const { err, ...others } = fields as { err?: unknown };
    const more = Object.entries(others).map(([name, value]) => ` ${name}=${String(value)}`);
    const stack = err === undefined ? "" : `\n${err instanceof Error ? err.stack : String(err)}`;
    write(`${new Date().toISOString()} ${level.toUpperCase()} ${message}${more.join("")}${stack}\n`);
  });
}

/** A line of JSON for each record. */
export function jsonLogger(least: Level = "info", write: Write = toStderr): Logger {
  return logger(least, (level, fields, message) => {
    const { err, ...others } = fields as { err?: unknown };
    const exception = err === undefined ? {} : { exception: err instanceof Error ? err.stack : String(err) };
    write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...others, ...exception })}\n`);
  });
}
