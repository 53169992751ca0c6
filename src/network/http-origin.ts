/** Every address of the machine, which nobody can call. */
const UNSPECIFIED = new Set(["0.0.0.0", "::"]);

/** How a server that listens on `host` is called over HTTP from its own machine. */
export function httpOrigin(host: string, port: number): string {
  const called = UNSPECIFIED.has(host) ? "127.0.0.1" : host;
  return `http://${called.includes(":") ? `[${called}]` : called}:${port}`;
}
