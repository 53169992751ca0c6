import { describe, expect, it } from "vitest";
import { errorOfReply, type SmtpStage } from "./smtp-status.ts";

function verdict(reply: string, stage: SmtpStage = "message"): object {
  const { kind, code, address, alertOperator } = errorOfReply(Number(reply.slice(0, 3)), reply, stage);
  return { kind, code, address, alertOperator };
}

describe("errorOfReply", () => {
  it.each([
    ["550 5.1.1 <a@b.test>: no such user", "5.1.1", "permanent", "suppress", false],
    [
      "550-5.1.1 The account does not exist.\n550 5.1.1 See https://example.com",
      "5.1.1",
      "permanent",
      "suppress",
      false,
    ],
    ["550 5.1.0 <a@b.test>: Sender address rejected: User unknown in table", "5.1.0", "permanent", undefined, true],
    ["550 5.1.1 <a@b.test>: Sender address rejected: undeliverable", "5.1.1", "permanent", undefined, true],
    ["550 5.1.2 no such domain", "5.1.2", "permanent", "suppress", false],
    ["553 5.1.3 bad syntax", "5.1.3", "permanent", "suppress", false],
    ["550 5.1.10 null MX", "5.1.10", "permanent", "suppress", false],
    ["550 5.2.1 disabled", "5.2.1", "permanent", "suppress", false],
    ["552 5.2.2 full", "5.2.2", "permanent", undefined, false],
    ["552 5.3.4 too big", "5.3.4", "permanent", undefined, false],
    ["553 5.1.8 sender unknown", "5.1.8", "permanent", undefined, true],
    ["554 5.7.1 spam", "5.7.1", "permanent", undefined, true],
    ["550 5.7.26 not authenticated", "5.7.26", "permanent", undefined, true],
    ["550 no such user", "550", "permanent", undefined, false],
    ["554 no", "554", "permanent", undefined, true],
    ["599 5.9.9 never heard of", "5.9.9", "permanent", undefined, true],
    ["503 5.5.1 out of sequence", "5.5.1", "transient", undefined, false],
    ["535 5.7.8 wrong password", "5.7.8", "transient", undefined, true],
    ["530 5.7.0 log in first", "5.7.0", "transient", undefined, true],
    ["450 4.2.0 grey", "4.2.0", "transient", undefined, false],
    ["451 trouble", "451", "transient", undefined, false],
    ["452 4.2.2 full", "4.2.2", "transient", undefined, false],
    ["450 4.2.1 too fast", "4.2.1", "throttled", undefined, false],
    ["421 4.7.0 unusual rate", "4.7.0", "throttled", undefined, false],
    ["421-4.7.28 unusual rate\n421 4.7.28 of mail", "4.7.28", "throttled", undefined, false],
    ["432 4.3.2 too many connections", "4.3.2", "throttled", undefined, false],
  ])("reads %j", (reply, code, kind, address, alertOperator) => {
    expect(verdict(reply)).toEqual({ kind, code, address, alertOperator });
  });

  it.each([
    ["session", "554 5.7.1 your network is blocked"],
    ["session", "550 5.1.1 odd"],
    ["sender", "550 5.7.1 sender not allowed"],
    ["sender", "550 5.1.1 sender unknown"],
  ] as const)("takes a refusal of the %s for a setting that somebody has to mend: %j", (stage, reply) => {
    expect(verdict(reply, stage)).toMatchObject({ kind: "transient", address: undefined, alertOperator: true });
  });

  it.each([
    "550 5.1.2 Relay not allowed.",
    "554 5.1.2 relay access denied",
    "550 5.1.1 Relay not permitted",
    "550 relay not permitted",
    "550 5.7.1 Unable to relay",
    "550 5.7.1 We do not relay",
    "550 This host will not relay for you",
    "550 5.7.1 Relaying to <a@b.test> denied (authentication required)",
    "554 5.7.1 <a@b.test>: Relay access denied",
    "454 4.7.1 <a@b.test>: Relay access denied",
    "550 Authentication required",
    "550 I cannot deliver mail for <a@b.test>",
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    "553 sorry, that domain isn't allowed to be relayed thru this MTA (#5.7.1)",
    "503 5.5.1 This mail server requires authentication when attempting to send to a non-local e-mail address.",
    "550-5.1.1 We are sorry.\n550 5.1.1 You are not permitted to relay.",
  ])("takes a server that will not pass our mail on for a setting that somebody has to mend: %j", (reply) => {
    for (const stage of ["recipient", "message"] as const) {
      expect(verdict(reply, stage)).toMatchObject({ kind: "transient", address: undefined, alertOperator: true });
    }
  });

  it.each([
    "554 5.7.1 <unknown[10.0.0.5]>: Client host rejected: Access denied",
    "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
    "554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using zen.spamhaus.org",
    "450 4.7.1 <worker>: Helo command rejected: Host not found",
    "450 4.7.1 Client host rejected: cannot find your hostname, [10.0.0.5]",
  ])("takes a server that turns our host away as late as a recipient for a setting to mend: %j", (reply) => {
    const found = { kind: "transient", address: undefined, alertOperator: true, fault: "provider" };
    expect(errorOfReply(Number(reply.slice(0, 3)), reply, "recipient")).toMatchObject(found);
  });

  it("waits where a server greets every new host with a delay", () => {
    expect(verdict("451 4.7.1 <worker[10.0.0.5]>: Client host rejected: rate-limited", "recipient")).toMatchObject({
      kind: "throttled",
    });
    expect(verdict("450 4.7.1 <worker[10.0.0.5]>: Client host rejected: Greylisted", "recipient")).toMatchObject({
      kind: "throttled",
      alertOperator: false,
    });
  });

  it.each([
    ["421 Too many concurrent SMTP connections; please try again later.", "session"],
    ["421 host Too many connected clients, try again in a moment", "session"],
    ["421 4.3.2 Too many open connections.", "session"],
    ["421 4.3.2 Connection rate limit exceeded.", "session"],
    ["421 4.3.2 The maximum number of concurrent connections has exceeded a limit", "session"],
    ["454 4.7.0 Too many login attempts, please try again later", "session"],
    ["421 too many messages in this connection", "sender"],
    ["452 too many emails per hour", "sender"],
    ["450 4.3.2 too many emails per hour", "recipient"],
    ["452 too many emails per hour", "message"],
    ["451 Greylisting in action, come back later", "message"],
    ["454 Throttling failure: Maximum sending rate exceeded.", "message"],
  ] as const)("takes a server to which %j is too much at the %s for one that works", (reply, stage) => {
    const found = { kind: "throttled", address: undefined, alertOperator: false };
    expect(errorOfReply(Number(reply.slice(0, 3)), reply, stage)).toMatchObject(found);
  });

  it("leaves it to the recipient where that one is too busy, whatever the words", () => {
    const found = { kind: "transient", fault: "message" };
    expect(errorOfReply(450, "450 too many mails for this mailbox", "recipient")).toMatchObject(found);
    expect(errorOfReply(452, "452 4.2.2 mailbox has too many messages", "recipient")).toMatchObject(found);
  });

  it.each([
    "421 Service shutting down",
    "421 4.3.2 Service closing transmission channel",
    "421 4.4.2 closing connection",
    "421 host Error: timeout exceeded",
    "451 4.3.0 too many open files",
    "421 Too many failed login attempts",
    "421 Error: too many unauthenticated commands",
    "454 4.7.0 Temporary authentication failure: Connection lost to authentication server",
    "454 4.7.0 TLS not available due to local problem",
    "435 Unable to authenticate at present",
  ])("holds it against a server that cannot go on: %j", (reply) => {
    const found = { kind: "transient", fault: "provider", alertOperator: false };
    expect(errorOfReply(Number(reply.slice(0, 3)), reply, "session")).toMatchObject(found);
  });

  it("leaves a recipient that may not be written to alone", () => {
    const found = { kind: "permanent", address: undefined, alertOperator: true, fault: "provider" };
    const reply = "550 5.4.1 Recipient address rejected: Access denied.";
    expect(errorOfReply(550, reply, "recipient")).toMatchObject({ ...found, alertOperator: false, fault: "message" });
    expect(errorOfReply(554, reply.replace("550 5.4.1", "554 5.7.1"), "recipient")).toMatchObject(found);
  });

  it.each([
    "550 5.1.1 <a@b.test>: Recipient address rejected: User unknown in relay recipient table",
    "550 5.1.1 <a@relay.test>: not here",
    // What the recipient's server says to the one that looks whether there is such a mailbox.
    "550 5.1.1 <a@b.test>: Recipient address rejected: undeliverable address: host b.test said: 550 5.7.1 Client host rejected",
    "550 5.1.1 <a@b.test>: Recipient address rejected: undeliverable address: host b.test said: 554 Relay access denied",
  ])("takes a mailbox that a relay does not know for one that is not there: %j", (reply) => {
    expect(verdict(reply, "recipient")).toMatchObject({ kind: "permanent", address: "suppress" });
  });

  it.each([
    "550-Verification failed for <shop@shop.example>\n550 Sender verify failed",
    "550-5.1.1 Verification failed for <shop@shop.example>\n550 5.1.1 Sender verification failed",
    "553 <shop@shop.example>: Sender address rejected: not owned",
  ])("looks at a recipient's reply that is about our sender: %j", (reply) => {
    const found = { kind: "permanent", address: undefined, alertOperator: true, fault: "provider" };
    expect(errorOfReply(Number(reply.slice(0, 3)), reply, "recipient")).toMatchObject(found);
  });

  it.each([
    ["450 4.1.8 <no-reply@shop.example>: Sender address rejected: Domain not found", "recipient"],
    ["451 4.1.8 no such domain", "sender"],
    ["450 4.1.7 bad address", "sender"],
    ["450 4.7.1 <no-reply@shop.example>: Sender address rejected: Access denied", "recipient"],
    ["451 Sender verify failed", "recipient"],
  ] as const)("tells somebody where our sender is the reason to come back: %j", (reply, stage) => {
    const found = { kind: "transient", alertOperator: true, fault: "provider" };
    expect(errorOfReply(Number(reply.slice(0, 3)), reply, stage)).toMatchObject(found);
  });

  it("tells nobody where a sender is only new to the server", () => {
    const reply = "450 4.7.1 <no-reply@shop.example>: Sender address rejected: Greylisted";
    expect(verdict(reply, "recipient")).toMatchObject({ kind: "throttled", alertOperator: false });
  });

  it("keeps an address that gets too much mail just now", () => {
    const reply =
      "550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n550-5.2.1 prevents additional";
    expect(verdict(reply)).toMatchObject({ kind: "permanent", code: "5.2.1", address: undefined });
  });

  it.each(["sender", "recipient", "message"] as const)("waits for a day's limit that the %s's line met", (stage) => {
    const found = { kind: "throttled", code: "5.4.5", address: undefined, alertOperator: true };
    expect(verdict("550 5.4.5 Daily user sending limit exceeded", stage)).toEqual(found);
  });

  it("does not hold a grey-listing that says no more than 451 against the server", () => {
    expect(verdict("451 try again later", "recipient")).toMatchObject({ kind: "throttled", code: "451" });
    expect(verdict("451 try again later", "message")).toMatchObject({ kind: "transient" });
    expect(verdict("451 4.3.0 trouble", "recipient")).toMatchObject({ kind: "transient" });
    const itself = verdict("451 Temporary local problem - please try later", "recipient");
    expect(itself).toMatchObject({ kind: "transient" });
  });

  it.each([
    "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction",
    "550 5.7.1 Sender authentication required (SPF/DKIM)",
    "554 5.7.1 Mail from open relay refused",
    "550 5.7.1 This server requires authentication of the sender by SPF or DKIM",
    "550 5.7.1 This server requires authentication (DMARC)",
    "550 5.7.1 This mail server requires sender authentication",
  ])("takes a check that the mail has failed for no missing login: %j", (reply) => {
    expect(verdict(reply, "recipient")).toMatchObject({ kind: "permanent", address: undefined });
  });

  it("knows that a size that the sender's line announced is about the message", () => {
    expect(verdict("552 5.3.4 too big", "sender")).toMatchObject({ kind: "permanent" });
    expect(verdict("552 too big", "sender")).toMatchObject({ kind: "permanent" });
  });

  it.each([
    ["450 mailbox busy", "recipient", "message"],
    ["450 mailbox busy", "message", "message"],
    ["450 5.1.1 mailbox busy", "recipient", "message"],
    ["450 4.2.0 mailbox busy", "recipient", "message"],
    ["450 come back", "session", "provider"],
    ["450 come back", "sender", "provider"],
    ["450 4.7.25 no reverse name of yours", "recipient", "provider"],
    ["450 4.3.2 overloaded", "recipient", "provider"],
  ] as const)("holds %j for the %s against the %s", (reply, stage, fault) => {
    expect(errorOfReply(450, reply, stage)).toMatchObject({ kind: "transient", fault, alertOperator: false });
  });

  it("believes the reply code where an enhanced code contradicts it", () => {
    expect(verdict("450 5.1.1 later")).toMatchObject({ kind: "transient", address: undefined });
    expect(verdict("550 4.2.1 no")).toMatchObject({ kind: "permanent" });
  });

  it.each([
    "550 5.1.1: Recipient unknown",
    "550-Requested action not taken\n550 5.1.1 User unknown",
    "550-Requested action not taken\r\n550-5.1.1\r\n550 User unknown",
    "550-5.1.1 User unknown\n550 5.7.1 or not allowed",
  ])("finds the enhanced code wherever its line is: %j", (reply) => {
    expect(verdict(reply)).toMatchObject({ code: "5.1.1", address: "suppress" });
  });

  it.each(["550-see\n550 10.5.1.1", "550-see\n550 5.1.1.2: blocked", "550-see\n5.1.1 below"])(
    "finds none in the words of any line: %j",
    (reply) => {
      expect(verdict(reply)).toMatchObject({ code: "550", address: undefined });
    },
  );

  it("finds no enhanced code in the words of a reply", () => {
    expect(verdict("550 blocked, see 5.1.1 or ask 10.5.1.1")).toMatchObject({ code: "550", address: undefined });
  });
});
