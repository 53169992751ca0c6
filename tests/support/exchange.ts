import { apiDocument } from "./api-document.ts";

export type Answer<T = Record<string, unknown>> = { status: number; headers: Headers; body: T };

/**
 * One request to the API, and its answer; a string is sent as it is, anything else as JSON.
 * @throws {Error} where the answer is not as the OpenAPI document says: this holds for every answer of every test
 */
export async function exchange<T = Record<string, unknown>>(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await fetch(url + path, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const received: unknown = text === "" ? undefined : isJson(response) ? JSON.parse(text) : text;
  const mistakes = apiDocument.mistakesIn({
    method,
    path,
    sent: sentJson(body),
    status: response.status,
    headers: response.headers,
    received,
  });
  if (mistakes.length > 0)
    throw new Error(
      `${method} ${path} answered ${response.status}, not as documented:\n${mistakes.join("\n")}\n${text}`,
    );
  return { status: response.status, headers: response.headers, body: (received ?? {}) as T };
}

function isJson(response: Response): boolean {
  return /^application\/(problem\+)?json/.test(response.headers.get("content-type") ?? "");
}

/** As the API reads it; undefined for what is no JSON, which it refuses. */
function sentJson(body: unknown): unknown {
  if (body === undefined) return undefined;
  try {
    return JSON.parse(typeof body === "string" ? body : JSON.stringify(body)) as unknown;
  } catch {
    return undefined;
  }
}
