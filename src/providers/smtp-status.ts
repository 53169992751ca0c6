import { ProviderError } from "./provider.ts";

/** What a reply means: nothing was sent in any of these cases, since the server answered with a refusal. */
type Verdict = {
  kind: "permanent" | "throttled" | "transient";
  address?: "suppress";
  alertOperator?: true;
};

/**
 * How far the transaction was when the reply came. What is refused before a recipient was named is about the session,
 * the login or the sender: the settings, not the message.
 */
export type SmtpStage = "session" | "sender" | "message";

const DEAD_ADDRESS: Verdict = { kind: "permanent", address: "suppress" };
const REFUSED: Verdict = { kind: "permanent" };
const POLICY: Verdict = { kind: "permanent", alertOperator: true };
const LATER: Verdict = { kind: "transient" };
const SLOW_DOWN: Verdict = { kind: "throttled" };
/**
 * A wrong password, a missing right or a sender that is not allowed is mended by a person, usually within the day in
 * which we retry. Giving up at once would lose every message of that time, so these wait and call somebody.
 */
const OPERATOR: Verdict = { kind: "transient", alertOperator: true };

/** Enhanced status codes (RFC 3463 and its registry); `5.7` stands for every 5.7.x that is not listed itself. */
const ENHANCED: Record<string, Verdict> = {
  // The mailbox or its domain does not exist.
  "5.1.0": DEAD_ADDRESS,
  "5.1.1": DEAD_ADDRESS,
  "5.1.2": DEAD_ADDRESS,
  "5.1.3": DEAD_ADDRESS,
  "5.1.6": DEAD_ADDRESS,
  "5.1.10": DEAD_ADDRESS,
  "5.2.1": DEAD_ADDRESS,
  // These two are about our own address.
  "5.1.7": POLICY,
  "5.1.8": POLICY,
  "5.1": REFUSED,
  // Full mailboxes are emptied again, so the address stays.
  "5.2": REFUSED,
  "5.3.4": REFUSED,
  "5.6": REFUSED,
  // Spam verdicts, missing DKIM, a blocked IP: about us or the text, never about the address.
  "5.7": POLICY,
  // Rates: Gmail, Outlook, SES, Postfix and grey-listing.
  "4.2.1": SLOW_DOWN,
  "4.4.5": SLOW_DOWN,
  "4.7.0": SLOW_DOWN,
  "4.7.1": SLOW_DOWN,
  "4.7.28": SLOW_DOWN,
  "4.7.500": SLOW_DOWN,
};

/** Reply codes (RFC 5321, RFC 4954), used where there is no enhanced code or it is not listed. */
const REPLIES: Record<number, Verdict> = {
  432: SLOW_DOWN, // Exchange: too many connections at once
  503: LATER, // out of step: the same message can pass on another connection
  530: OPERATOR,
  534: OPERATOR,
  535: OPERATOR,
  538: OPERATOR,
  550: REFUSED,
  551: REFUSED,
  552: REFUSED,
  553: REFUSED,
};

/** They are about logging in, whatever enhanced code comes with them. */
const LOGIN_REPLIES = new Set([530, 534, 535, 538]);
/** About the size of this message, even where the sender's line is what got the answer. */
const SIZE_CODES = new Set(["5.2.3", "5.3.4"]);
const SIZE_REPLY = 552;

const ENHANCED_CODE = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/;

/**
 * The error for a negative reply.
 * @param replyCode 400 to 599
 * @param reply the server's whole reply; only its numbers are kept, since its words quote addresses
 */
export function errorOfReply(replyCode: number, reply: string, stage: SmtpStage): ProviderError {
  const enhanced = ENHANCED_CODE.exec(reply)?.[1] ?? null;
  const verdict = verdictOf(replyCode, enhanced, stage);
  return new ProviderError(verdict.kind, {
    code: enhanced ?? String(replyCode),
    ...(verdict.address === undefined ? {} : { address: verdict.address }),
    ...(verdict.alertOperator === undefined ? {} : { alertOperator: true }),
  });
}

function verdictOf(replyCode: number, enhanced: string | null, stage: SmtpStage): Verdict {
  // The first digit of the reply is what the protocol acts on; an enhanced code that contradicts it is ignored.
  const listed = enhanced !== null && enhanced.startsWith(String(replyCode)[0] ?? "") ? lookUp(enhanced) : null;
  if (replyCode < 500) return listed ?? REPLIES[replyCode] ?? LATER;
  if (LOGIN_REPLIES.has(replyCode)) return OPERATOR;
  const aboutSize = replyCode === SIZE_REPLY || (enhanced !== null && SIZE_CODES.has(enhanced));
  if (stage !== "message" && !aboutSize) return OPERATOR;
  // An unknown refusal is not tried again, and is looked at.
  return listed ?? REPLIES[replyCode] ?? POLICY;
}

function lookUp(enhanced: string): Verdict | null {
  return ENHANCED[enhanced] ?? ENHANCED[enhanced.slice(0, enhanced.lastIndexOf("."))] ?? null;
}
