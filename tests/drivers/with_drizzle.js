// Drizzle's sql over node-postgres. It reads times as the server writes them, with their offset, which Date understands.

const { sql } = require("drizzle-orm");
const { drizzle } = require("drizzle-orm/node-postgres");
const { Client } = require("pg");
const { run } = require("./common.js");

(async () => {
  const client = new Client();
  await client.connect();
  const db = drizzle(client);
  await run(async (call, values) => {
    const parts = call.sql.split(/\$\d+/);
    const statement = sql.join(parts.flatMap((part, place) =>
      place < values.length ? [sql.raw(part), sql.param(values[place])] : [sql.raw(part)]));
    const { rows } = await db.execute(statement);
    for (const row of rows) {
      for (const column of call.time_columns) row[column] = row[column] && new Date(row[column]);
    }
    return rows;
  }, JSON.stringify);
  await client.end();
})();
