/** Handlers without a database: what is final, which handler is found, how errors and HTTP answers are mapped; JSON. */

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { failure, retryAfterText } from "../src/execution.js";
import {
  ApiHandler,
  ApiResponse,
  type Claim,
  Database,
  HandlerMissing,
  Handlers,
  InvalidArgument,
  type Json,
  PermanentError,
  RetryableError,
  Step,
  StepHandler,
  StepSequence,
  StepStopped,
  Task,
  checkResponse,
  dumps,
  loads,
} from "../src/index.js";
import { literal } from "../src/sql.js";
import { Stop } from "../src/steps.js";

function claim(more: Partial<Claim> = {}): Claim {
  return {
    workflowStepId: 1,
    taskId: 2,
    namespace: "shop",
    taskName: "order",
    version: "0.1.0",
    stepName: "charge",
    handlerClass: null,
    handlerConfig: null,
    priority: 0,
    attempt: 1,
    retryLimit: 3,
    claimToken: randomUUID(),
    leaseUntil: new Date(),
    inputs: null,
    context: "{}",
    parentResults: "{}",
    serverTime: new Date(),
    ...more,
  };
}

/** Nothing in these tests asks the database. */
const database = new Database({ host: "/nonexistent" }, { reconnectFor: 0 });

/** Runs a handler as a worker does. */
async function handle(handler: StepHandler, stop = new Stop()): Promise<Json> {
  const task = new Task(database, 2, "shop", "order", "0.1.0", {}, 0);
  return handler.handle(task, new StepSequence(database, 2, {}), new Step(claim(), database, stop));
}

const one = () => 1;

test("handlers: handle is final", async () => {
  class Right extends StepHandler {
    process() {
      return 1;
    }
  }
  class Wrong extends Right {
    override async handle() {
      return 2;
    }
  }
  class Field extends Right {
    override handle = async () => 2;
  }
  assert.equal(await handle(new Right()), 1);
  assert.throws(() => new Handlers().register("a", Wrong), /handle.*final/);
  // A field is there only when the object is.
  await assert.rejects(
    StepHandler.prototype.handle.call(new Field(), {} as Task, {} as StepSequence, {} as Step),
    /final/,
  );
});

test("handlers: results that process sets", async () => {
  class Sets extends StepHandler {
    process(_: Task, __: StepSequence, step: Step) {
      step.results = { kept: true };
      return "output";
    }
  }
  assert.deepEqual(await handle(new Sets()), { kept: true });
});

test("handlers: process_results", async () => {
  class Shapes extends StepHandler {
    async process() {
      return 2;
    }
    override processResults(_: Step, output: Json, initial: Json) {
      return { output, initial };
    }
  }
  const step = new Step(claim(), database, new Stop());
  step.storedResults = async () => ({ earlier: 0 });
  const task = new Task(database, 2, "shop", "order", "0.1.0", {}, 0);
  const found = await new Shapes().handle(task, new StepSequence(database, 2, {}), step);
  assert.deepEqual(found, { output: 2, initial: { earlier: 0 } });
});

test("handlers: the most exact one", async () => {
  const handlers = new Handlers()
    .register("charge", () => "step")
    .register({ step: "charge", namespace: "shop" }, () => "namespace")
    .register({ step: "charge", task: "order" }, () => "task")
    .register({ step: "charge", task: "order", namespace: "shop" }, () => "both");
  const found = async (more: Partial<Claim>) => handle(handlers.find(claim(more))({}));
  assert.equal(await found({}), "both");
  assert.equal(await found({ namespace: "other" }), "task");
  assert.equal(await found({ taskName: "other" }), "namespace");
  assert.equal(await found({ namespace: "other", taskName: "other" }), "step");
  assert.throws(() => handlers.find(claim({ stepName: "ship" })), HandlerMissing);
  assert.deepEqual(handlers.stepNames(), ["charge"]);
  handlers.register({ handlerClass: "Shop::Charge" }, () => "class");
  assert.equal(await found({ handlerClass: "Shop::Charge" }), "class");
  assert.equal(await found({ handlerClass: "Unknown" }), "both");
  assert.equal(handlers.stepNames(), undefined);
});

test("handlers: registrations that are wrong", () => {
  const handlers = new Handlers().register("a", one);
  assert.throws(() => handlers.register("a", one), /two handlers/);
  assert.throws(() => handlers.register({} as never, one), TypeError);
  assert.throws(() => handlers.register({ step: "b", handlerClass: "B" } as never, one), TypeError);
  assert.throws(() => handlers.register("b", {} as never), TypeError);
});

test("handlers: a config for each object", async () => {
  class Configured extends StepHandler {
    process() {
      return this.config as unknown;
    }
  }
  const factory = new Handlers().register("charge", Configured).find(claim());
  assert.deepEqual(await handle(factory({ n: 1 })), { n: 1 });
  assert.deepEqual(await handle(factory(null)), {});
});

/** The document of a failure. */
function document(error: unknown): Record<string, Json> {
  const outcome = failure(error);
  assert.equal(outcome.kind, "failed");
  return loads((outcome as { error: string }).error) as Record<string, Json>;
}

test("errors: what is stored", () => {
  class CardError extends Error {}
  const found = document(new CardError("refused"));
  assert.deepEqual([found.message, found.class], ["refused", "CardError"]);
  assert.match(found.backtrace[0] as string, /handlers\.[jt]s:\d+:\d+/);
  assert.ok(found.backtrace.length <= 20);
  assert.equal(document(new TypeError("x")).class, "TypeError");
  assert.equal(document(new PermanentError("x")).class, "PermanentError");
  assert.deepEqual(document("only a text"), { message: "only a text", class: "string", backtrace: [] });
  assert.equal(document(undefined).message, "undefined");
  assert.equal(document(Object.create(null)).class, "object");
  assert.equal(document(new Error("")).message, "Error");
  assert.equal(document(new Error("a\0b\ud800")).message, "a\\u0000b\\ud800");
  const context = { code: 7n };
  const permanent = document(new PermanentError("no", { errorCode: "CARD", context }));
  assert.deepEqual([permanent.error_code, permanent.error_context], ["CARD", { code: 7 }]);
  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  assert.equal(document(new PermanentError("no", { context: circle })).error_context, "[object Object]");
});

test("errors: what they ask for", () => {
  const retryable = failure(new RetryableError("busy", { retryAfter: 1.2 }));
  assert.deepEqual(
    [retryable.kind === "failed" && retryable.retryable, "retryAfter" in retryable && retryable.retryAfter],
    [true, "2"],
  );
  const permanent = failure(new PermanentError("no"));
  assert.equal(permanent.kind === "failed" && permanent.retryable, false);
  assert.equal(retryAfterText(new Date("2030-01-31T12:00:00Z")), "Thu, 31 Jan 2030 12:00:00 GMT");
  assert.equal(retryAfterText("soon"), "soon");
  assert.equal(retryAfterText(-3), "0");
  assert.equal(retryAfterText(Infinity), "Infinity");
  assert.equal(retryAfterText("1\0"), "1\\u0000");
});

test("JSON: what is written", () => {
  const value = {
    big: 123456789012345678901234567890n,
    small: 7n,
    text: '"bigint 7"',
    at: new Date(0),
    map: new Map([["a", new Set([1n])]]),
    gone: undefined,
    list: [undefined, null],
  };
  assert.equal(
    dumps(value),
    '{"big":123456789012345678901234567890,"small":7,"text":"\\"bigint 7\\"","at":"1970-01-01T00:00:00.000Z","map":{"a":[1]},"list":[null,null]}',
  );
  assert.equal(dumps(undefined), "null");
  assert.equal(dumps("\\u0000 is a text"), '"\\\\u0000 is a text"');
  for (const wrong of [one, Symbol("s"), Promise.resolve(1), { deep: [one] }])
    assert.throws(() => dumps(wrong), TypeError);
  for (const wrong of [Number.NaN, Infinity, new Date(Number.NaN), "a\0b", "\\\0", "\ud800", { "\udc00": 1 }]) {
    assert.throws(() => dumps(wrong), RangeError);
  }
});

test("JSON: what is read", () => {
  assert.deepEqual(loads('{"id": 9223372036854775807, "less": -9007199254740993, "fits": 9007199254740991}'), {
    id: 9223372036854775807n,
    less: -9007199254740993n,
    fits: 9007199254740991,
  });
  // Digits in texts and in fractions are no big integers.
  const text =
    '["12345678901234567890", "\\"12345678901234567890", "\\\\", 12345678901234567890, 0.1234567890123456, 1e400]';
  const found = [
    "12345678901234567890",
    '"12345678901234567890',
    "\\",
    12345678901234567890n,
    0.1234567890123456,
    Infinity,
  ];
  assert.deepEqual(loads(text), found);
  assert.equal(dumps(loads('{"n":[123456789012345678901234567890,-1]}')), '{"n":[123456789012345678901234567890,-1]}');
  const long = "é".repeat(1_000_000);
  assert.deepEqual(loads(`["${long}",12345678901234567890]`), [long, 12345678901234567890n]);
});

test("SQL: values that are none", () => {
  for (const wrong of [
    "a\0b",
    "\ud800",
    Number.NaN,
    one,
    new Date(Number.NaN),
    [{}],
    new (class Odd {})(),
    { n: one },
  ]) {
    assert.throws(() => literal(wrong), InvalidArgument);
  }
  assert.equal(literal("it's \\ %s $1"), " E'it''s \\\\ %s $1'");
  assert.equal(literal([1, null]), "ARRAY[1, NULL]::bigint[]");
  assert.equal(literal([]), "ARRAY[]::text[]");
});

class Api extends ApiHandler {
  constructor(
    config: Json,
    readonly path: string,
  ) {
    super(config);
  }

  async process() {
    return this.request("POST", this.path, {
      json: { cart: 7 },
      params: { tag: ["a", "b"] },
      headers: { "X-More": "2" },
    });
  }
}

async function withServer(answer: http.RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = http.createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("HTTP: a request", async () => {
  let seen: unknown;
  const answer: http.RequestListener = async (request, response) => {
    let body = "";
    for await (const part of request) body += String(part);
    seen = [
      request.method,
      request.url,
      request.headers["content-type"],
      request.headers["x-config"],
      request.headers["x-more"],
      body,
    ];
    response.writeHead(201).end('{"id": 12345678901234567890}');
  };
  await withServer(answer, async (url) => {
    const found = await handle(new Api({ url, params: { key: "k" }, headers: { "X-Config": "1" } }, "carts"));
    assert.deepEqual(found, { id: 12345678901234567890n });
  });
  assert.deepEqual(seen, ["POST", "/v1/carts?key=k&tag=a&tag=b", "application/json", "1", "2", '{"cart":7}']);
});

test("HTTP: redirects are not followed", async () => {
  const answer: http.RequestListener = (_, response) => void response.writeHead(302, { location: "/other" }).end();
  await withServer(answer, async (url) => {
    await assert.rejects(handle(new Api({ url }, "a")), (error: RetryableError) => error.errorCode === "HTTP_302");
  });
});

test("HTTP: a server that does not answer", async () => {
  await withServer(
    () => {},
    async (url) => {
      await assert.rejects(handle(new Api({ url, timeout_seconds: 0.05 }, "a")), RetryableError);
      const stop = new Stop();
      const ended = assert.rejects(handle(new Api({ url }, "a"), stop), StepStopped);
      stop.set("cancelled");
      await ended;
    },
  );
  // Port 9 of this machine: nothing listens there.
  await assert.rejects(handle(new Api({ url: "http://127.0.0.1:9/" }, "a")), RetryableError);
});

test("HTTP: URLs that are none", async () => {
  for (const url of ["file:///etc/passwd", "carts", ""]) await assert.rejects(handle(new Api({}, url)), PermanentError);
});

test("HTTP: how statuses are mapped", () => {
  const response = (status: number, headers = {}) => new ApiResponse(status, headers, Buffer.from("a\0b"));
  assert.equal(checkResponse(response(226)).status, 226);
  assert.throws(() => checkResponse(response(422)), PermanentError);
  assert.throws(
    () => checkResponse(response(429, { "retry-after": "7" })),
    (error: RetryableError) => error.retryAfter === "7" && error.errorCode === "HTTP_429",
  );
  assert.throws(
    () => checkResponse(response(500, { "retry-after": "7" })),
    (error: RetryableError) => error.retryAfter === null && (error.context as Json).response_body === "a\ufffdb",
  );
});

test("HTTP: what is stored of an answer", async () => {
  class Answers extends ApiHandler {
    constructor(readonly answer: Json) {
      super();
    }
    process() {
      return this.answer as unknown;
    }
  }
  assert.equal(await handle(new Answers(new ApiResponse(200, {}, Buffer.from("no json")))), "no json");
  assert.deepEqual(await handle(new Answers(new Response('{"n": 1}'))), { n: 1 });
  assert.deepEqual(await handle(new Answers({ status: 1 })), { status: 1 });
});
