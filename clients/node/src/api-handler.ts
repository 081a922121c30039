/** A step handler for HTTP services, which maps their answers as the Rails engine does. */

import { type Json, dumps, loads } from "./documents.js";
import { PermanentError, RetryableError } from "./errors.js";
import { StepHandler } from "./handler.js";

/** Another attempt would get an equal answer. */
const PERMANENT_STATUSES = new Set([400, 401, 403, 404, 422]);
/** The server says when it wants another attempt. */
const BACKOFF_STATUSES = new Set([429, 503]);

/** The answer of a server. */
export class ApiResponse {
  constructor(
    readonly status: number,
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string>>,
    readonly body: Uint8Array,
  ) {}

  /** Reads the answer of `fetch()`. */
  static async of(response: Response): Promise<ApiResponse> {
    const body = new Uint8Array(await response.arrayBuffer());
    return new ApiResponse(response.status, Object.fromEntries(response.headers), body);
  }

  /** The body as text, in UTF-8; other bytes become U+FFFD. */
  get text(): string {
    return new TextDecoder().decode(this.body);
  }

  /** The body, read as JSON. Throws SyntaxError if it is none. */
  json(): Json {
    return loads(this.text);
  }
}

/**
 * Returns an answer that is a success, and throws an error for any other.
 *
 * 200 to 226: success. 429 and 503: RetryableError with the header `Retry-After`. 400, 401, 403, 404 and 422: PermanentError with
 * the `errorCode` `HTTP_<status>`. Any other: RetryableError, which waits as configured.
 */
export function checkResponse(response: ApiResponse): ApiResponse {
  const { status } = response;
  if (status >= 200 && status <= 226) return response;
  const message = `HTTP status ${status}`;
  const responseBody = response.text.slice(0, 10_000).replaceAll("\0", "\ufffd");
  // A cut through a surrogate pair leaves half of it.
  const whole = /[\ud800-\udbff]$/.test(responseBody) ? responseBody.slice(0, -1) : responseBody;
  const context = { response_status: status, response_body: whole };
  const errorCode = `HTTP_${status}`;
  if (PERMANENT_STATUSES.has(status)) throw new PermanentError(message, { errorCode, context });
  const retryAfter = BACKOFF_STATUSES.has(status) ? response.headers["retry-after"] : undefined;
  throw new RetryableError(message, { retryAfter: retryAfter ?? null, errorCode, context });
}

export interface RequestOptions {
  params?: Record<string, string | number | boolean | readonly (string | number | boolean)[]>;
  headers?: Record<string, string>;
  /** Is sent as JSON. */
  json?: Json;
  /** Is sent as it is. */
  body?: string | Uint8Array;
  /** Seconds for the whole request. */
  timeout?: number;
}

/** A request that {@link ApiHandler.send} sends. */
export interface ApiRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
  /** Seconds. */
  timeout: number;
}

/**
 * The base of handlers that call an HTTP service.
 *
 * Write `process` with {@link request}. The `handler_config` can have `url` (the base of relative URLs), `params`, `headers` and
 * `timeout_seconds` (of the whole request; 30).
 */
export abstract class ApiHandler<Context = Json> extends StepHandler<Context> {
  /**
   * Sends a request and returns the answer if it is a success. It ends when the lease of the step ends.
   *
   * Throws PermanentError or RetryableError as {@link checkResponse} says, and RetryableError if the server cannot be reached.
   */
  async request(method: string, url = "", options: RequestOptions = {}): Promise<ApiResponse> {
    const config = this.config as Record<string, unknown>;
    const base = String(config.url ?? "");
    let full: URL;
    try {
      full = base === "" ? new URL(url) : new URL(url, base);
    } catch (error) {
      throw new PermanentError(`not an HTTP URL: ${base} ${url}`, { cause: error });
    }
    if (full.protocol !== "http:" && full.protocol !== "https:")
      throw new PermanentError(`not an HTTP URL: ${full.href}`);
    const params = { ...(config.params as RequestOptions["params"]), ...options.params };
    for (const [name, value] of Object.entries(params)) {
      for (const one of Array.isArray(value) ? value : [value]) full.searchParams.append(name, String(one));
    }
    const headers: Record<string, string> = { accept: "application/json" };
    if (options.json !== undefined) headers["content-type"] = "application/json";
    for (const more of [config.headers as Record<string, string> | undefined, options.headers]) {
      for (const [name, value] of Object.entries(more ?? {})) headers[name.toLowerCase()] = value;
    }
    const body = options.json === undefined ? options.body : dumps(options.json);
    const timeout = options.timeout ?? (Number(config.timeout_seconds) || 30);
    return checkResponse(await this.send({ method, url: full.href, headers, body, timeout }));
  }

  /**
   * Sends a request and returns the answer, whatever its status. It follows no redirects, and neither does the engine.
   *
   * Override it to use another HTTP library, or in tests.
   */
  async send(request: ApiRequest): Promise<ApiResponse> {
    const { method, url, headers, body } = request;
    const ending = new AbortController();
    const stopped = this.signal;
    const end = (): void => ending.abort(stopped?.reason);
    const late = new RetryableError(`no answer in ${request.timeout} seconds`, { context: { url } });
    const timer = setTimeout(() => ending.abort(late), request.timeout * 1000);
    stopped?.addEventListener("abort", end, { once: true });
    try {
      stopped?.throwIfAborted();
      const answer = await fetch(url, {
        method,
        headers,
        body: body ?? null,
        redirect: "manual",
        signal: ending.signal,
      });
      return await ApiResponse.of(answer);
    } catch (error) {
      if (ending.signal.aborted || stopped?.aborted) throw stopped?.aborted ? stopped.reason : late;
      const cause = (error as Error).cause as Error | undefined;
      const text = cause?.message || (error as Error).message;
      throw new RetryableError(text, { context: { url }, cause: error });
    } finally {
      clearTimeout(timer);
      stopped?.removeEventListener("abort", end);
    }
  }

  /** The body of an {@link ApiResponse} or a Response: as JSON if it is JSON, otherwise as text. */
  override async resultsOfOutput(output: Json): Promise<Json> {
    const response = output instanceof Response ? await ApiResponse.of(output) : (output as unknown);
    if (!(response instanceof ApiResponse)) return output;
    try {
      return response.json();
    } catch {
      return response.text;
    }
  }
}
