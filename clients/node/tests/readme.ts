/** What README.md shows works. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { becomes, superuser } from "./support.js";

const run = promisify(execFile);

/** The blocks of a language, in their order. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, block]) => block as string);
}

/** A folder in which the package is installed: as compiled for the tests. */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "tasker-"));
  const place = path.join(folder, "node_modules");
  await mkdir(place);
  await mkdir(path.join(place, ".bin"));
  await cp("build/src", path.join(place, "tasker-core/dist"), { recursive: true });
  await cp("package.json", path.join(place, "tasker-core/package.json"));
  await symlink(path.resolve("node_modules"), path.join(place, "tasker-core/node_modules"));
  await symlink("../tasker-core/dist/cli.js", path.join(place, ".bin/tasker-core"));
  await run("chmod", ["+x", path.join(place, "tasker-core/dist/cli.js")]);
  return folder;
}

// A newcomer with an empty folder and an empty database.
test("readme: five minutes", async () => {
  const text = await readFile("README.md", "utf8");
  const [install, start, look] = blocks(text, "sh") as [string, string, string];
  const [handlers, create] = blocks(text, "js") as [string, string];
  const testing = blocks(text, "js").find((block) => block.includes("drain(")) as string;
  await superuser("CREATE DATABASE node_shop");
  const folder = await newFolder();
  const env = { ...process.env, PGDATABASE: "node_shop" };
  const shell = async (command: string): Promise<string> =>
    (await run("bash", ["-c", command], { cwd: folder, env })).stdout;
  try {
    await writeFile(path.join(folder, "orders.mjs"), handlers);
    await writeFile(path.join(folder, "create.mjs"), create);
    const [psql] = install.split("\n").filter((line) => line.startsWith("psql"));
    await shell((psql as string).replace("-d shop", "-d node_shop"));
    const [createTask, work] = start.trim().split("\n") as [string, string];
    assert.match(await shell(createTask), /step 1 "charge" is ready/);
    // npx would stay between this process and the worker.
    const command = work.replace("npx ", "exec node_modules/.bin/");
    const worker = spawn("bash", ["-c", command], { cwd: folder, env, stdio: "ignore" });
    const ended = once(worker, "exit");
    try {
      const expected = "1 complete { charge: { paid: 30 }, ship: { parcel: '30 EUR' } }\n";
      await becomes("the task is complete", async () => (await shell(look)) === expected);
    } finally {
      worker.kill("SIGINT");
    }
    assert.deepEqual(await ended, [0, null]);
    const before = `import assert from "node:assert/strict";
import { Client, Database } from "tasker-core";
import { handlers } from "./orders.mjs";
const database = new Database({}, { schema: "tasker" });
const client = new Client(database);
`;
    await writeFile(path.join(folder, "test.mjs"), `${before}${testing}await database.close();\n`);
    await shell("node test.mjs");
  } finally {
    await rm(folder, { recursive: true });
  }
});
