// What servers say in words where their codes blame the recipient for what is not theirs.

/** What follows the code where a server says even `no such mailbox` of the sender; the last one is Exim's. */
const ABOUT_SENDER = /sender (address )?(rejected|refused|denied)|sender verif(y|ication) failed/i;

/**
 * It passes nothing on for us, whatever its code says of the recipient: a login is missing, or the host is wrong.
 * Postfix's `unknown in relay recipient table` is no such word.
 */
const ABOUT_RELAYING = new RegExp(
  [
    String.raw`\brelay(ing)?( to \S+)?( access)?( is)? (denied|refused|rejected|prohibited|forbidden|disallowed)`,
    String.raw`\brelay(ing)?( to \S+)?( is)? not (allowed|permitted|authorized)`,
    String.raw`\b(unable to|cannot|(do|does|will) not|not (allowed|permitted|authorized) to) relay\b`,
    String.raw`\bauthentication( is)? required`,
    // MailEnable, Haraka, and qmail with its successors.
    String.raw`\b(server|host|system) requires authentication`,
    String.raw`\bI cannot deliver mail for\b`,
    String.raw`\ballowed rcpthosts\b`,
    String.raw`\bisn't allowed to be relayed\b`,
  ].join("|"),
  "i",
);

/** The same words of a mail that fails a check, of who may write to whom, or of where it came from. */
const NOT_ABOUT_RELAYING = /\b(SPF|DKIM|DMARC)\b|sender authentication|RESOLVER\.|open relay/i;

/** Our own host is turned away: its address, its name, or its place on a list. Postfix waits for a recipient to say so. */
const ABOUT_US = /\bclient host( \S+)? (rejected|blocked)|\bhelo command rejected/i;

/**
 * Said in the same places, by filters that hold back whomever they do not know yet; and in any place, greetings too, by
 * servers that get too much of us (`throttling` is Amazon's word, the last one Exchange's).
 */
const ABOUT_DELAY =
  /\bgr[ea]y-?list|\btoo (many|much)\b|\brate[- ]?limit|\bthrottl|\bnumber of concurrent connections\b/i;

/** Too many of what does not get fewer by waiting: a server without means, or what we do wrong. */
const NOT_ABOUT_DELAY = /\btoo many (open files|[\w ]*\b(commands|errors|fail\w*))\b/i;

/** What follows was said to the server by the recipient's, of the server and not of us (Postfix's address verification). */
const QUOTED = /\b(?:undeliverable|unverified) address:/i;

/** Exim's words for a trouble of its own, above all. */
const ABOUT_ITSELF = /local (problem|error)|lookup|internal|sender verif/i;

/** Gmail's words for a mailbox that is there and gets too much just now, where it says 5.2.1 of it. */
const ABOUT_RATE = /receiving e?mail (at a rate|too quickly)/i;

function ownWordsOf(reply: string): string {
  return reply.split(QUOTED)[0] ?? reply;
}

export function isAboutSender(reply: string): boolean {
  return ABOUT_SENDER.test(ownWordsOf(reply));
}

export function isAboutUs(reply: string): boolean {
  return ABOUT_US.test(ownWordsOf(reply));
}

export function isAboutDelay(reply: string): boolean {
  return ABOUT_DELAY.test(reply) && !NOT_ABOUT_DELAY.test(reply);
}

export function isAboutRelaying(reply: string): boolean {
  const words = ownWordsOf(reply);
  return ABOUT_RELAYING.test(words) && !NOT_ABOUT_RELAYING.test(words);
}

export function isAboutItself(reply: string): boolean {
  return ABOUT_ITSELF.test(reply);
}

export function isAboutRate(reply: string): boolean {
  return ABOUT_RATE.test(reply);
}
