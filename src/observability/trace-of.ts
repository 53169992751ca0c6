/** What a log may say of an error: where it happened and of what kind, not its message, which may quote an address. */
export function traceOf(thrown: unknown): Record<string, unknown> {
  if (!(thrown instanceof Error)) return { error: typeof thrown };
  const { name, stack = "" } = thrown;
  const { code, constraint } = thrown as { code?: unknown; constraint?: unknown };
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return { error: name, code, constraint, stack: frames.map((line) => line.trim()) };
}
