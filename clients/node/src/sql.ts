/** Values as arguments of SQL functions, and columns as values. */

import pg from "pg";

import { dumps } from "./documents.js";
import { InvalidArgument } from "./errors.js";

/** A text that PostgreSQL reads as a type. */
export class Typed {
  constructor(
    readonly type: string,
    readonly text: string,
  ) {}
}

/** JSON that is written already. */
export class JsonText extends Typed {
  constructor(text: string) {
    super("jsonb", text);
  }
}

/** A value, written as `jsonb`; undefined stays undefined, so that the argument is left out. */
export function json(value: unknown): JsonText | undefined {
  return value === undefined ? undefined : new JsonText(write(value));
}

/** An interval. PostgreSQL reads this form alike with every IntervalStyle. */
export function seconds(value: number): Typed;
export function seconds(value: number | undefined): Typed | undefined;
export function seconds(value: number | undefined): Typed | undefined {
  if (value === undefined) return undefined;
  if (!Number.isFinite(value)) throw new InvalidArgument(`${value} is no number of seconds`);
  return new Typed("interval", `${value.toFixed(6)} seconds`);
}

export function uuid(text: string): Typed {
  return new Typed("uuid", text);
}

function write(value: unknown): string {
  try {
    return dumps(value);
  } catch (error) {
    throw new InvalidArgument((error as Error).message, { cause: error });
  }
}

function quoted(text: string): string {
  // A NUL would end the message to the server, and half of a surrogate pair would become another character.
  if (/\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)) {
    throw new InvalidArgument("a text with the character U+0000 or half of a surrogate pair cannot be an argument");
  }
  return pg.escapeLiteral(text);
}

/** The name of a column, function or schema. */
export function identifier(name: string): string {
  return quoted(name) && pg.escapeIdentifier(name);
}

/** `maxRows` as PostgreSQL writes it: `max_rows`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `task_id` as JavaScript writes it: `taskId`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const isPlainObject = (value: object): boolean =>
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);

/**
 * A value as an argument of a function.
 *
 * Plain objects become `jsonb`; lists of texts, numbers and {@link Typed} become arrays. Wrap JSON that is no object in
 * {@link JsonText}. Throws {@link InvalidArgument} for what is no value of PostgreSQL.
 */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (value instanceof Typed) return `${quoted(value.text)}::${value.type}`;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new InvalidArgument("an invalid Date cannot be an argument");
    return `'${value.toISOString()}'::timestamptz`;
  }
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      if (!Number.isFinite(value)) throw new InvalidArgument(`${value} cannot be an argument`);
      return String(value);
    case "object":
      if (Array.isArray(value)) return array(value);
      if (isPlainObject(value)) return literal(json(value));
  }
  throw new InvalidArgument(`a value of the type ${typeName(value)} cannot be an argument`);
}

function typeName(value: unknown): string {
  return (typeof value === "object" && (value as object).constructor?.name) || typeof value;
}

function array(values: unknown[]): string {
  const first = values.find((value) => value !== null && value !== undefined);
  let type = "text";
  if (first instanceof Typed) type = first.type;
  else if (typeof first === "number" || typeof first === "bigint") type = "bigint";
  else if (typeof first === "boolean") type = "boolean";
  else if (first !== undefined && typeof first !== "string") {
    throw new InvalidArgument(`a list of the type ${typeName(first)} cannot be an argument`);
  }
  return `ARRAY[${values.map(literal).join(", ")}]::${type}[]`;
}

// Columns

const INT8 = 20;
const JSON_TYPE = 114;
const JSONB = 3802;
const TIMESTAMP = 1114;
const INTERVAL = 1186;
const INT8_ARRAY = 1016;

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`the number ${text} has more digits than a number of JavaScript`);
  return value;
}

interface Interval {
  years?: number;
  months?: number;
  days?: number;
  hours?: number;
  minutes?: number;
  seconds?: number;
  milliseconds?: number;
}

function intervalSeconds(text: string): number {
  const parse = pg.types.getTypeParser(INTERVAL as never, "text") as unknown as (text: string) => Interval;
  const found = parse(text);
  const days = (found.years ?? 0) * 365.25 + (found.months ?? 0) * 30 + (found.days ?? 0);
  const hours = days * 24 + (found.hours ?? 0);
  return hours * 3600 + (found.minutes ?? 0) * 60 + (found.seconds ?? 0) + (found.milliseconds ?? 0) / 1000;
}

const text = (value: string): string => value;
const parseArray = pg.types.getTypeParser(1009 as never, "text") as unknown as (text: string) => (string | null)[];
const readers: Record<number, (text: string) => unknown> = {
  [INT8]: integer,
  // JSON that cannot be read must fail one step, and not the claim of many.
  [JSON_TYPE]: text,
  [JSONB]: text,
  // A timestamp without a zone is in UTC, as the engine keeps it.
  [TIMESTAMP]: (value) => new Date(`${value.replace(" ", "T")}Z`),
  [INTERVAL]: intervalSeconds,
  [INT8_ARRAY]: (value) => parseArray(value).map((element) => (element === null ? null : integer(element))),
};

/** How `pg` reads the columns of our calls, whatever the application has set for its own. */
export const types = {
  getTypeParser(oid: number, format?: string): (text: string) => unknown {
    return (
      readers[oid] ?? (pg.types.getTypeParser(oid as never, (format ?? "text") as never) as (text: string) => unknown)
    );
  },
} as pg.CustomTypesConfig;
