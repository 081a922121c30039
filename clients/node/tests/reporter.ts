/** Prints the lines that tests/run.sh counts: "ok …" and "skipped …"; what has failed goes to stderr. */

interface Event {
  type: string;
  data: {
    name: string;
    nesting: number;
    skip?: boolean | string;
    details?: { error?: { cause?: unknown; message?: string } };
  };
}

export default async function* lines(source: AsyncIterable<Event>): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    if (data?.nesting !== 0) continue;
    if (type === "test:pass") {
      if (data.skip === undefined) yield `ok node ${data.name}\n`;
      // Tests that the pattern does not name are none of our business.
      else if (!String(data.skip).includes("pattern")) yield `skipped node ${data.name}: ${String(data.skip)}\n`;
    } else if (type === "test:fail") {
      const error = data.details?.error;
      const cause = (error?.cause ?? error) as Error | undefined;
      process.stderr.write(`not ok node ${data.name}\n${cause?.stack ?? String(cause)}\n`);
    }
  }
}
