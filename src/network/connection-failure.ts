/** Our word for a failure below the protocol, and whether somebody has to mend something. */
export type ConnectionFailure = { code: string; alertOperator: boolean };

/** The system's error codes: https://nodejs.org/api/errors.html#common-system-errors and those of `getaddrinfo`. */
const FAILURES: Record<string, ConnectionFailure> = {
  ECONNREFUSED: { code: "connection_refused", alertOperator: false },
  ECONNRESET: { code: "connection_reset", alertOperator: false },
  EPIPE: { code: "connection_reset", alertOperator: false },
  ETIMEDOUT: { code: "timeout", alertOperator: false },
  ENOTFOUND: { code: "dns_failed", alertOperator: false },
  EAI_AGAIN: { code: "dns_failed", alertOperator: false },
  EHOSTUNREACH: { code: "unreachable", alertOperator: false },
  ENETUNREACH: { code: "unreachable", alertOperator: false },
  EADDRNOTAVAIL: { code: "unreachable", alertOperator: false },
};

/** How OpenSSL and Node name a certificate that is not trusted and a handshake that fails. */
const TLS_FAILURE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

/** SDKs wrap errors several times over; more than this is a circle. */
const MAX_DEPTH = 8;

/** Reads the code of a system or TLS error; null for one that is neither. */
export function connectionFailureOf(systemCode: unknown): ConnectionFailure | null {
  if (typeof systemCode !== "string") return null;
  if (TLS_FAILURE.test(systemCode)) return { code: "tls_failed", alertOperator: true };
  return FAILURES[systemCode] ?? null;
}

/** The outermost system or TLS error among an error and its causes; null where there is none. */
export function connectionFailureIn(error: unknown): ConnectionFailure | null {
  for (let inner = error, depth = 0; inner instanceof Error && depth < MAX_DEPTH; inner = causeOf(inner), depth++) {
    const failure = connectionFailureOf((inner as NodeJS.ErrnoException).code);
    if (failure !== null) return failure;
  }
  return null;
}

function causeOf(error: Error): unknown {
  // VError has a function of this name.
  return typeof error.cause === "function" ? (error.cause as () => unknown).call(error) : error.cause;
}
