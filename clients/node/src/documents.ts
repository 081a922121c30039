/** JSON as the database keeps it. */

import { randomUUID } from "node:crypto";

/** Any JSON. */
// biome-ignore lint/suspicious/noExplicitAny: an exact type would make every access to a document a cast
export type Json = any;

/** What `jsonb` cannot hold, as JSON.stringify() writes it: U+0000, and halves of surrogate pairs. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

function plain(key: string, value: unknown, at: string): unknown {
  switch (typeof value) {
    case "function":
    case "symbol":
      throw new TypeError(`${at}${key} is a ${typeof value}, which cannot be stored as JSON`);
    case "number":
      if (!Number.isFinite(value)) throw new RangeError(`${at}${key} is ${value}, which cannot be stored as JSON`);
      return value;
    case "object":
      if (value === null) return null;
      if (value instanceof Promise) throw new TypeError(`${at}${key} is a promise: is an "await" missing?`);
      if (value instanceof Set) return [...value];
      if (value instanceof Map) return Object.fromEntries(value);
      return value;
    default:
      return value;
  }
}

/**
 * Writes a value as JSON.
 *
 * Besides JSON's own types it takes bigint (all digits), Date (ISO 8601), Map (an object), Set (a list), and objects with
 * `toJSON()`. Members that are undefined are left out.
 *
 * Throws TypeError for other types and for circles, and RangeError for what `jsonb` cannot hold: NaN, infinity, invalid dates,
 * the character U+0000 and half of a surrogate pair.
 */
export function dumps(value: Json): string {
  // Digits of big integers stand in texts with this mark, until they are taken out of their quotes.
  let mark: string | undefined;
  const text = JSON.stringify(value, function (this: unknown, key: string, converted: unknown) {
    const original = (this as Record<string, unknown>)[key];
    if (original instanceof Date && Number.isNaN(original.getTime())) {
      throw new RangeError("an invalid Date cannot be stored as JSON");
    }
    // An application may have given BigInt a toJSON() that loses digits.
    if (typeof original === "bigint") {
      mark ??= `bigint ${unlikelyText()} `;
      return mark + original.toString();
    }
    return plain(key, converted, "the member ");
  });
  // undefined alone, for example of a function without a return
  if (text === undefined) return "null";
  if (text.includes("\\u") && UNSTORABLE.test(text)) {
    throw new RangeError("a text with the character U+0000 or half of a surrogate pair cannot be stored as jsonb");
  }
  return mark === undefined ? text : text.replace(new RegExp(`"${mark}(-?[0-9]+)"`, "g"), "$1");
}

/** A text that no document contains by chance. */
function unlikelyText(): string {
  return randomUUID();
}

/** Reads JSON. Integers beyond 2^53 become bigint, so that they keep all digits; other numbers become number. */
export function loads(text: string): Json {
  // Only numbers of 16 digits or more can be too large, and most documents have none.
  if (!/[0-9]{16}/.test(text)) return JSON.parse(text);
  const mark = `bigint ${unlikelyText()} `;
  const marked = markBigIntegers(text, mark);
  if (marked === text) return JSON.parse(text);
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}

/** Puts integers that a number cannot hold into quotes, behind a mark. */
function markBigIntegers(text: string, mark: string): string {
  const parts: string[] = [];
  let copied = 0;
  // Outside of texts: the next quote, or the next number.
  const next = /"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/g;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if (found[0] === '"') {
      next.lastIndex = endOfText(text, found.index);
    } else if (/^-?[0-9]+$/.test(found[0]) && !Number.isSafeInteger(Number(found[0]))) {
      parts.push(text.slice(copied, found.index), `"${mark}${found[0]}"`);
      copied = found.index + found[0].length;
    }
  }
  return parts.join("") + text.slice(copied);
}

/** The place behind the text that begins at a quote. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (letter === 0x5c) at++;
    else if (letter === 0x22) return at + 1;
  }
  return text.length;
}

/** The text without what PostgreSQL cannot store, for messages of errors. */
export function storable(text: string): string {
  return text.replace(
    /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
