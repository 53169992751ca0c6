/** What pg and the Temporal client say without a code. These words are always the same, so they hold no address. */
const FIXED_WORDS =
  /^(timeout exceeded when trying to connect|Connection terminated[a-z ]*|Query read timeout|The server does not support SSL connections|Failed to connect before the deadline)$/;

/** What the worker's native client puts into its message: gRPC's words for a status, else what the system says. */
const NATIVE_STATUS = /\bcode: '([^']+)'/;
const NATIVE_CAUSES = /\bConnectError\("([a-z ]+)"|\bkind: (\w+)|\berror: (\w+\(\w+\))/g;

const MAX_DEPTH = 8;

/**
 * Why PostgreSQL or Temporal could not be used, for the log: an SQLSTATE, Node's name of what is wrong with a
 * connection, or a gRPC status. Not the message, which may quote an address.
 */
export function reasonOf(error: unknown): string {
  return codeOf(error, 0) ?? (error instanceof Error ? error.constructor.name : typeof error);
}

function codeOf(error: unknown, depth: number): string | null {
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return null;
  const { code, message, cause, errors, name } = error as Record<string, unknown>;
  const words = typeof message === "string" ? message : "";
  if (typeof code === "string" && code !== "") return code;
  if (typeof code === "number") return words.match(/^\d+ ([A-Z_]+):/)?.[1] ?? `gRPC ${code}`;
  if (FIXED_WORDS.test(words)) return words;
  if (name === "TransportError") return nativeReason(words);
  const nested = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return nested.reduce<string | null>((found, inner) => found ?? codeOf(inner, depth + 1), null);
}

function nativeReason(message: string): string | null {
  const status = message.match(NATIVE_STATUS)?.[1];
  if (status !== undefined) return status;
  const causes = [...message.matchAll(NATIVE_CAUSES)].map((match) => match.slice(1).join(""));
  return causes.length === 0 ? null : causes.join(", ");
}

/**
 * What an error says, in one line and without a full stop, for whoever set the addresses that it may quote. Where a name
 * has several addresses, Node tells of each apart; the Temporal client tells what the server said in the cause.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  const inner = error instanceof AggregateError ? error.errors : cause instanceof Error ? [cause] : [];
  const parts = [message, ...inner.map(messageOf)].filter((part) => part !== "");
  return [...new Set(parts)].join(": ").replaceAll(/\s+/g, " ").replace(/\.+$/, "") || error.name;
}
