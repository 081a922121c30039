// What the JavaScript adapters share: fills the calls in, prints what the driver read, one line of JSON for each call.

const fs = require("node:fs");

// Says what a driver read in JSON: what has no JSON type gets a tag.
function plain(value) {
  if (value instanceof Date) return { "~": "time", seconds: value.getTime() / 1000 };
  if (value && value.constructor && value.constructor.name === "PostgresInterval") {
    const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = value;
    return { "~": "interval", seconds: ((days * 24 + hours) * 60 + minutes) * 60 + seconds + milliseconds / 1000 };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
  }
  return value;
}

// Makes what a program would hand to the driver, without a type of SQL.
function parameter(value, saved, asJson) {
  if (Array.isArray(value)) return value.map((element) => parameter(element, saved, asJson));
  if (value === null || typeof value !== "object") return value;
  const [[kind, content]] = Object.entries(value);
  if (kind === "saved") return saved[content];
  if (kind === "json") return asJson(content);
  if (kind === "seconds") return `${content} seconds`;
  if (kind === "seconds_ago") return new Date(Date.now() - content * 1000);
  throw new Error(`no such kind of parameter: ${kind}`);
}

// execute(call, parameters) resolves to rows, objects by the names of their columns.
exports.run = async function run(execute, asJson) {
  const saved = {};
  for (const call of JSON.parse(fs.readFileSync(process.argv[2], "utf8"))) {
    let answer;
    try {
      const rows = await execute(call, call.parameters.map((value) => parameter(value, saved, asJson)));
      for (const [name, column] of Object.entries(call.save)) saved[name] = rows[0][column];
      for (const [name, column] of Object.entries(call.save_all)) saved[name] = rows.map((row) => row[column]);
      answer = { rows: rows.map(plain) };
    } catch (error) {
      answer = { sqlstate: error.code ?? error.cause?.code, message: String(error) };
    }
    console.log(JSON.stringify({ ...answer, now: Date.now() / 1000 }));
  }
};
