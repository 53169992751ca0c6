import type { NodemailerError } from "nodemailer";
import { type ConnectionFailure, connectionFailureOf } from "../network/connection-failure.ts";
import { ProviderError } from "./provider.ts";
import { errorOfReply, type SmtpStage } from "./smtp-status.ts";

/** nodemailer's codes (https://nodemailer.com/errors) as words of ours. */
const WORDS: Record<string, ConnectionFailure> = {
  EABORT: { code: "deadline_exceeded", alertOperator: false },
  ETIMEDOUT: { code: "timeout", alertOperator: false },
  EDNS: { code: "dns_failed", alertOperator: false },
  ECONNECTION: { code: "connection_closed", alertOperator: false },
  ESOCKET: { code: "connection_closed", alertOperator: false },
  // Without a reply code in it, a reply was none.
  EPROTOCOL: { code: "garbled_answer", alertOperator: false },
  EENVELOPE: { code: "garbled_answer", alertOperator: false },
  EMESSAGE: { code: "garbled_answer", alertOperator: false },
  EAUTH: { code: "auth_failed", alertOperator: true },
  ENOAUTH: { code: "auth_failed", alertOperator: true },
  ETLS: { code: "tls_failed", alertOperator: true },
};
const UNKNOWN: ConnectionFailure = { code: "unknown_error", alertOperator: true };

/**
 * The error for whatever nodemailer threw. Its messages quote addresses, so only codes are kept.
 * @param handedOver whether the server may have taken the message
 */
export function errorOfSmtp(error: NodemailerError, handedOver: boolean): ProviderError {
  const { responseCode, response, command } = error;
  if (typeof responseCode === "number" && responseCode >= 400 && responseCode <= 599) {
    return errorOfReply(responseCode, response ?? "", stageOf(command));
  }
  const failure = failureOf(error);
  if (handedOver) return new ProviderError("ambiguous", { code: failure.code });
  if (error.code === "EENVELOPE" && command === "API") {
    return new ProviderError("permanent", { code: "invalid_address" });
  }
  if (error.code === "EMESSAGE" && command === "MAIL FROM") {
    return new ProviderError("permanent", { code: "message_too_large" });
  }
  return new ProviderError("transient", failure);
}

function stageOf(command: string | undefined): SmtpStage {
  if (command === "RCPT TO") return "recipient";
  if (command === "DATA") return "message";
  return command === "MAIL FROM" ? "sender" : "session";
}

/** What the system said tells more than what nodemailer made of it. */
function failureOf(error: NodemailerError): ConnectionFailure {
  const system = connectionFailureOf((error as { originalCode?: unknown }).originalCode);
  return system ?? WORDS[error.code ?? ""] ?? UNKNOWN;
}
