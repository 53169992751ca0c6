// SQLSTATE classes and codes after which the same statement may work in a moment, or once somebody has mended the
// database: connection lost (08), not enough of something (53), shut down or timed out by the server (57), disk (58),
// no access or no database (28, 3D), a standby (25006), time-outs in a transaction (25P0x), lost races for locks.
const SQL_STATE = /^(08...|53...|57P0.|57014|58...|28...|3D000|25006|25P0[345]|40001|40P01|55P03)$/;

/** As Node names a connection that could not be made or broke. */
const SOCKET_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
]);

/** As Node refuses a server's certificate: it is renewed, or an authority added, while requests wait. */
const CERTIFICATE_CODES = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** Prisma: cannot reach, time-outs, closed, pool exhausted, too many connections, write conflict, access, TLS. */
const PRISMA_CODES = new Set([
  "P1000",
  "P1001",
  "P1002",
  "P1003",
  "P1008",
  "P1010",
  "P1011",
  "P1017",
  "P2024",
  "P2028",
  "P2034",
  "P2037",
]);

/** The Prisma driver's own words, all that is left of the code in an error of a raw query. */
const DRIVER_KINDS = new Set([
  "DatabaseNotReachable",
  "ConnectionClosed",
  "SocketTimeout",
  "TooManyConnections",
  "TlsConnectionError",
  "DatabaseDoesNotExist",
  "DatabaseAccessDenied",
  "AuthenticationFailed",
  "TransactionWriteConflict",
]);

/** What pg says without a code. A test makes each of them happen. */
const MESSAGES = [
  /^timeout exceeded when trying to connect$/,
  /^Connection terminated/,
  /^Query read timeout$/,
  /^Client has encountered a connection error/,
  /^Client was closed and is not queryable$/,
  /^Cannot use a pool after calling end/,
  /^The server does not support SSL connections$/,
];

const MAX_DEPTH = 8;

/**
 * Whether an error of pg or Prisma means that the database is away, overloaded or too slow, so that the request is to
 * be tried again later; false for every error that would come again.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  return isUnavailable(error, 0);
}

function isUnavailable(error: unknown, depth: number): boolean {
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return false;
  const { code, kind, message, cause, errors, meta, name, syscall } = error as Record<string, unknown>;
  // A Unix socket that is not there; with another system call it would be a file.
  if (code === "ENOENT" && syscall === "connect") return true;
  if (name === "PrismaClientInitializationError") return true;
  if (typeof code === "string" && isCode(code)) return true;
  if (typeof kind === "string" && DRIVER_KINDS.has(kind)) return true;
  if (typeof message === "string" && MESSAGES.some((pattern) => pattern.test(message))) return true;
  // Prisma keeps the driver's error in its meta, Node those of several addresses in an AggregateError.
  const driverError = (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError;
  const nested = [cause, driverError, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return nested.some((inner) => isUnavailable(inner, depth + 1));
}

function isCode(code: string): boolean {
  return [SOCKET_CODES, CERTIFICATE_CODES, PRISMA_CODES].some((codes) => codes.has(code)) || SQL_STATE.test(code);
}
