/** Templates from the YAML files of the Rails engine. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { type Json, loads } from "./documents.js";

type Yaml = typeof import("yaml");
const TIMESTAMP = "tag:yaml.org,2002:timestamp";

/**
 * Reads a template from a YAML file, with anchors and merge keys, or from a JSON file.
 *
 * `environments` stays in it: `Client.registerTask()` takes the name of one, and the database lays it over the steps. Dates stay
 * texts. Needs the package `yaml`, except for `.json`. Throws TypeError if the file holds no object, and the errors of the file
 * system and of the parser.
 */
export async function loadTemplate(path: string | URL): Promise<Record<string, Json>> {
  const text = await readFile(path, "utf8");
  const found: unknown = String(path).endsWith(".json") ? loads(text) : parseYaml(text);
  if (found === null || typeof found !== "object" || Array.isArray(found)) {
    throw new TypeError(`${String(path)} holds no template: its content is no object`);
  }
  return found as Record<string, Json>;
}

/** The engine reads YAML 1.1. */
function parseYaml(text: string): unknown {
  const yaml = createRequire(import.meta.url)("yaml") as Yaml;
  const found: unknown = yaml.parse(text, {
    version: "1.1",
    merge: true,
    intAsBigInt: true,
    customTags: (tags) => tags.filter((tag) => typeof tag === "string" || tag.tag !== TIMESTAMP),
  });
  return numbers(found);
}

/** Integers that a number can hold become numbers. */
function numbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(numbers);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, numbers(member)]));
  }
  return value;
}
