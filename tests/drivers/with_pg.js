// node-postgres. It reads bigint and numeric as strings.

const { Client } = require("pg");
const { run } = require("./common.js");

(async () => {
  const client = new Client();
  await client.connect();
  // An array would become an array of SQL, not of JSON.
  await run(async (call, values) => (await client.query(call.sql, values)).rows, JSON.stringify);
  await client.end();
})();
