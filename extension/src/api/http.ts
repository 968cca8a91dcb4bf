import type { ErrorBody } from "./types.js";

/** Requests to the server's routes; a path is what comes after `fluxlab/api/`. Each fails with an `HttpError`. */
export interface Http {
  json<T>(path: string, init?: RequestInit): Promise<T>;
  bytes(path: string): Promise<Blob>;
  stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

/** Status of a request that reached nobody. */
export const UNREACHABLE = 0;

/** A request that failed. Its message is the server's sentence where it sent one. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  /** Which field of the request the server complains about. */
  readonly field: string | null;
  /** True where the sentence is the server's: these routes exist there. */
  readonly told: boolean;

  constructor(status: number, message: string, options: { field?: string | null; told?: boolean } = {}) {
    super(message);
    this.status = status;
    this.field = options.field ?? null;
    this.told = options.told ?? false;
  }
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === "object" && body !== null && typeof (body as Partial<ErrorBody>).message === "string";
}

/** The error of an answer that is not ok. */
export async function errorOf(response: Response): Promise<HttpError> {
  const body: unknown = await response.json().catch(() => null);
  // Jupyter's own 404 is JSON, too, but for its `reason`, which ours never have.
  if (isErrorBody(body) && !("reason" in body)) {
    return new HttpError(response.status, body.message, { field: body.field, told: true });
  }
  return new HttpError(
    response.status,
    `The server answered ${response.status} ${response.statusText}.`.replace(" .", "."),
  );
}

/** The error of a request that reached nobody. */
export function unreachable(): HttpError {
  return new HttpError(UNREACHABLE, "The server cannot be reached.");
}

/** The body of an answer, as it is read by one of `Response`'s functions; what goes wrong with it is an `HttpError`, too. */
export async function bodyOf<T>(response: Response, read: () => Promise<unknown>, signal?: AbortSignal): Promise<T> {
  try {
    return (await read()) as T;
  } catch (reason) {
    if (signal?.aborted === true) throw reason;
    if (reason instanceof SyntaxError) throw new HttpError(response.status, "The server's answer is no JSON.");
    throw unreachable(); // the line broke while it came
  }
}
