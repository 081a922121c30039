// postgres.js. It asks the server for the types of the parameters; it reads bigint and numeric as strings.

const postgres = require("postgres");
const { run } = require("./common.js");

(async () => {
  const sql = postgres({ host: process.env.PGHOST, max: 1, onnotice: () => {} });
  // The server has said which parameters are json, so that values stay what they are.
  await run((call, values) => sql.unsafe(call.sql, values), (value) => value);
  await sql.end();
})();
