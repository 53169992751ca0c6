import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerDataStream } from "smtp-server";
import { listUnsubscribeOf } from "./list-unsubscribe.ts";
import type { Reaction, Reception } from "./reception.ts";
import type { Respond } from "./rules.ts";

const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
/** Idle clients keep their connections for minutes, as RFC 5321 asks of servers. */
const IDLE_MS = 5 * 60_000;

/** An HTTP status in a rule, as a mail server would say it, so that one rule can be for every provider. */
const REPLIES: Record<number, { reply: number; enhanced: string }> = {
  400: { reply: 554, enhanced: "5.6.0" },
  401: { reply: 535, enhanced: "5.7.8" },
  403: { reply: 550, enhanced: "5.7.1" },
  404: { reply: 550, enhanced: "5.1.1" },
  408: { reply: 451, enhanced: "4.4.2" },
  410: { reply: 550, enhanced: "5.1.6" },
  413: { reply: 552, enhanced: "5.3.4" },
  429: { reply: 450, enhanced: "4.2.1" },
  500: { reply: 451, enhanced: "4.3.0" },
  502: { reply: 451, enhanced: "4.4.0" },
  503: { reply: 451, enhanced: "4.3.2" },
  504: { reply: 451, enhanced: "4.4.2" },
};

const ENHANCED: Record<number, string> = {
  421: "4.3.0",
  450: "4.2.0",
  451: "4.3.0",
  452: "4.3.1",
  535: "5.7.8",
  550: "5.1.1",
  552: "5.2.2",
  553: "5.1.3",
  554: "5.7.1",
};

export type SmtpStandIn = { port: number; close(): Promise<void> };

/** A mail server that takes every login and keeps every mail. Refusals come after the message, as one reply. */
export async function startSmtp(options: { host: string; port: number; reception: Reception }): Promise<SmtpStandIn> {
  const { host, port, reception } = options;
  const sockets = new Map<number, Socket>();
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    size: MAX_MESSAGE_BYTES,
    socketTimeout: IDLE_MS,
    onAuth: (login, _session, done) => done(null, { user: login.username ?? "anybody" }),
    onData(stream, session, done) {
      const recipients = session.envelope.rcptTo.map((recipient) => recipient.address);
      receiveMail(reception, recipients, stream).then(
        (reaction) => {
          const socket = sockets.get(session.remotePort);
          if (reaction.do === "accept") done(null, `OK: queued as ${reaction.messageId}`);
          else if (reaction.do === "refuse") done(refusal(reaction.respond));
          else if (reaction.do === "drop") socket?.destroy();
          else socket?.write("~~ what was the question? ~~\r\n");
        },
        // The ledger could not be written, or the sandbox is closing: nothing was taken.
        () => done(refusal({ status: 451, code: "4.3.0" })),
      );
    },
  });
  server.server.on("connection", (socket: Socket) => {
    const clientPort = socket.remotePort;
    if (clientPort === undefined) return; // gone already
    sockets.set(clientPort, socket);
    socket.once("close", () => sockets.delete(clientPort));
  });
  // A client that goes away in the middle of a mail is a case to try, not a fault of the server.
  server.on("error", () => undefined);
  const listening = server.listen(port, host);
  await once(listening, "listening");
  return {
    port: (listening.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}

/** One entry for each recipient; the last one's reaction is the answer. */
async function receiveMail(
  reception: Reception,
  recipients: string[],
  stream: SMTPServerDataStream,
): Promise<Reaction> {
  const mail = await simpleParser(stream, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true });
  if (stream.sizeExceeded) return { do: "refuse", respond: { status: 552, code: "5.3.4" } };
  const content = {
    from: mail.from?.text ?? null,
    title: null,
    subject: mail.subject ?? "",
    text: mail.text ?? "",
    html: mail.html || null,
    listUnsubscribe: listUnsubscribeOf((name) => lineOf(mail, name)),
    data: null,
    attemptId: textHeader(mail.headers.get("x-tidings-attempt")),
    notificationId: textHeader(mail.headers.get("x-tidings-notification")),
  };
  let reaction: Reaction = { do: "refuse", respond: { status: 554, code: "5.5.1" } };
  for (const to of recipients) {
    reaction = await reception.receive({ provider: "smtp", channel: "email", to }, content);
    if (reaction.do !== "accept") break;
  }
  return reaction;
}

/** As it was sent: the parser makes an object of all list headers. */
function lineOf({ headerLines }: ParsedMail, name: string): string | null {
  const line = headerLines.find(({ key }) => key === name)?.line;
  return line === undefined
    ? null
    : line
        .slice(name.length + 1)
        .replace(/\r?\n[ \t]+/g, " ")
        .trim();
}

function textHeader(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function refusal(respond: Respond & { status: number }): Error & { responseCode: number } {
  const mapped = REPLIES[respond.status];
  const reply = mapped?.reply ?? respond.status;
  const enhanced = respond.code ?? mapped?.enhanced ?? ENHANCED[reply] ?? `${Math.floor(reply / 100)}.0.0`;
  return Object.assign(new Error(`${enhanced} Refused by a rule of the sandbox`), { responseCode: reply });
}
