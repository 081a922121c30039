/** Trace contexts (W3C), and spans if `@opentelemetry/api` is installed. */

import { createRequire } from "node:module";

import { type Claim, type TraceContext, describe } from "./steps.js";

type Api = typeof import("@opentelemetry/api");

function load(): Api | undefined {
  try {
    return createRequire(import.meta.url)("@opentelemetry/api") as Api;
  } catch {
    return undefined;
  }
}

const api = load();

/** Whether spans go anywhere: OpenTelemetry is installed, and the program has set a tracer provider. */
export function enabled(): boolean {
  if (api === undefined) return false;
  const provider = api.trace.getTracerProvider();
  if (!(provider instanceof api.ProxyTracerProvider)) return true;
  return provider.getDelegate().constructor !== new api.ProxyTracerProvider().getDelegate().constructor;
}

/** What the execution needs of a span. */
export interface StepSpan {
  recordException(error: unknown): void;
}

/** The trace context of the current span; empty without OpenTelemetry or without a span. */
export function currentTraceContext(): TraceContext {
  const carrier: TraceContext = {};
  api?.propagation.inject(api.context.active(), carrier);
  return Object.fromEntries(
    Object.entries(carrier).filter(([name]) => name === "traceparent" || name === "tracestate"),
  );
}

/** Runs a function in a span, in the trace that the task was created in. Without OpenTelemetry, it only runs it. */
export async function inSpan<T>(
  claim: Claim,
  trace: TraceContext | undefined,
  run: (span: StepSpan) => Promise<T>,
): Promise<T> {
  if (api === undefined || (trace === undefined && !enabled())) return run({ recordException: () => {} });
  const parent = api.propagation.extract(api.ROOT_CONTEXT, trace ?? {});
  const attributes = Object.fromEntries(
    Object.entries(describe(claim)).map(([name, value]) => [`tasker.${name}`, value]),
  );
  const options = { kind: api.SpanKind.CONSUMER, attributes };
  return api.trace.getTracer("tasker_core").startActiveSpan(`step ${claim.stepName}`, options, parent, async (span) => {
    try {
      return await run({
        recordException(error) {
          span.recordException(error instanceof Error ? error : String(error));
          span.setStatus({
            code: api.SpanStatusCode.ERROR,
            message: error instanceof Error ? error.message : String(error),
          });
        },
      });
    } finally {
      span.end();
    }
  });
}
