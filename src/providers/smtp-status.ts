import type { ProviderError } from "./provider.ts";
import { isAboutDelay, isAboutItself, isAboutRate, isAboutRelaying, isAboutSender, isAboutUs } from "./smtp-words.ts";
import {
  errorOfVerdict,
  LATER,
  LOOK_AT_IT,
  MEND_IT,
  RECIPIENT_LATER,
  REFUSED,
  SLOW_DOWN,
  SUPPRESS,
  type Verdict,
} from "./verdict.ts";

/**
 * How far the transaction was when the reply came. What is refused before a recipient was named is about the session,
 * the login or the sender: the settings, not the message.
 */
export type SmtpStage = "session" | "sender" | "recipient" | "message";

/**
 * Enhanced status codes (RFC 3463, and https://www.iana.org/assignments/smtp-enhanced-status-codes); `5.7` stands for
 * every 5.7.x that is not listed itself. None leaves a doubt: the server answered, and it refused.
 */
const SMTP_ENHANCED_CODES: Readonly<Record<string, Verdict>> = {
  // Some address, and Postfix says it of ours: it turns the sender away when the recipient is named.
  "5.1.0": LOOK_AT_IT,
  // The mailbox or its domain does not exist.
  "5.1.1": SUPPRESS,
  "5.1.2": SUPPRESS,
  "5.1.3": SUPPRESS,
  "5.1.6": SUPPRESS,
  "5.1.10": SUPPRESS,
  "5.2.1": SUPPRESS,
  // These two are about our own address.
  "5.1.7": LOOK_AT_IT,
  "5.1.8": LOOK_AT_IT,
  "5.1": REFUSED,
  // Full mailboxes are emptied again, so the address stays.
  "5.2": REFUSED,
  "5.3.4": REFUSED,
  // Gmail's limit of a day: it passes, or somebody pays for more.
  "5.4.5": { ...SLOW_DOWN, alertOperator: true },
  "5.6": REFUSED,
  // Spam verdicts, missing DKIM, a blocked IP: about us or the text, never about the address.
  "5.7": LOOK_AT_IT,
  // The recipient's mailbox or server, just now.
  "4.1": RECIPIENT_LATER,
  // Our own address, which somebody has to look after, even though the server would look again.
  "4.1.7": MEND_IT,
  "4.1.8": MEND_IT,
  "4.2": RECIPIENT_LATER,
  // Rates: Gmail, Outlook, SES, Postfix and grey-listing.
  "4.2.1": SLOW_DOWN,
  "4.4.5": SLOW_DOWN,
  "4.7.0": SLOW_DOWN,
  "4.7.1": SLOW_DOWN,
  "4.7.28": SLOW_DOWN,
  "4.7.500": SLOW_DOWN,
};

/** Reply codes (RFC 5321, RFC 4954), used where there is no enhanced code or it is not listed. */
const SMTP_REPLIES: Readonly<Record<number, Verdict>> = {
  450: RECIPIENT_LATER, // the mailbox is busy; see `isBusyMailbox`
  432: SLOW_DOWN, // Exchange: too many connections at once
  503: LATER, // out of step: the same message can pass on another connection
  // The login, whatever enhanced code comes with them.
  530: MEND_IT,
  534: MEND_IT,
  535: MEND_IT,
  538: MEND_IT,
  550: REFUSED,
  551: REFUSED,
  552: REFUSED,
  553: REFUSED,
};

/** About the size of this message, even where the sender's line is what got the answer. */
const SIZE_CODES = new Set(["5.2.3", "5.3.4"]);
const SIZE_REPLY = 552;
const BUSY_REPLY = 450;
/** It cannot look at a login just now, or not speak TLS; RFC 4954 has it together with 4.7.0, which means a rate elsewhere. */
const NOT_NOW_REPLY = 454;

/** On whichever line has one first: some servers begin with words. */
const ENHANCED_CODE = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?=[\s:]|$)/m;

/**
 * The error for a negative reply.
 * @param replyCode 400 to 599
 * @param reply the server's whole reply; only its numbers are kept, since its words quote addresses
 */
export function errorOfReply(replyCode: number, reply: string, stage: SmtpStage): ProviderError {
  const enhanced = ENHANCED_CODE.exec(reply)?.[1] ?? null;
  const verdict = verdictInWords(replyCode, reply, verdictOf(replyCode, enhanced, stage));
  const greylisted = verdict === LATER && stage === "recipient" && isGreylisting(replyCode, enhanced, reply);
  return errorOfVerdict(greylisted ? SLOW_DOWN : verdict, enhanced ?? String(replyCode));
}

/** The words count where codes blame the recipient for what is not theirs. */
function verdictInWords(replyCode: number, reply: string, verdict: Verdict): Verdict {
  if (isAboutRelaying(reply)) return MEND_IT;
  const asksToWait = replyCode < 500;
  // What a code says is more exact than words; without one they say that the server works, and is asked too often.
  if (asksToWait && isAboutDelay(reply)) return verdict === LATER ? SLOW_DOWN : verdict;
  if (isAboutUs(reply)) return MEND_IT;
  if (asksToWait) return isAboutSender(reply) ? MEND_IT : verdict;
  if ((verdict === SUPPRESS || verdict === REFUSED) && isAboutSender(reply)) return LOOK_AT_IT;
  return verdict === SUPPRESS && isAboutRate(reply) ? REFUSED : verdict;
}

function verdictOf(replyCode: number, enhanced: string | null, stage: SmtpStage): Verdict {
  // The first digit of the reply is what the protocol acts on; an enhanced code that contradicts it is ignored.
  const own = enhanced?.startsWith(String(replyCode)[0] ?? "") === true ? enhanced : null;
  const listed = own === null ? null : lookUp(own);
  const reply = replyCode === BUSY_REPLY && !isBusyMailbox(own, stage) ? LATER : SMTP_REPLIES[replyCode];
  if (replyCode === NOT_NOW_REPLY && stage === "session") return LATER;
  if (replyCode < 500) return listed ?? reply ?? LATER;
  if (reply === MEND_IT) return MEND_IT;
  if (listed?.kind === "throttled") return listed;
  const aboutSize = replyCode === SIZE_REPLY || (enhanced !== null && SIZE_CODES.has(enhanced));
  if ((stage === "session" || stage === "sender") && !aboutSize) return MEND_IT;
  return listed ?? reply ?? LOOK_AT_IT;
}

/**
 * Servers say 450 of themselves too, in a greeting or with an enhanced code that is not of mailboxes: another provider
 * then meets another answer.
 */
function isBusyMailbox(own: string | null, stage: SmtpStage): boolean {
  return own === null && (stage === "recipient" || stage === "message");
}

/**
 * A 451 for a recipient without another code is most often grey-listing, which says nothing of the server's health,
 * unless it speaks of the server itself.
 */
function isGreylisting(replyCode: number, enhanced: string | null, reply: string): boolean {
  return replyCode === 451 && enhanced === null && !isAboutItself(reply);
}

function lookUp(enhanced: string): Verdict | null {
  return SMTP_ENHANCED_CODES[enhanced] ?? SMTP_ENHANCED_CODES[enhanced.slice(0, enhanced.lastIndexOf("."))] ?? null;
}
