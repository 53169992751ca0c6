import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { SMTPServer } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { loadCertificate } from "../sandbox/certificate.ts";
import { renderContent } from "../rendering/render.ts";
import { type OutgoingMessage, type Provider, ProviderError } from "./provider.ts";
import { createSmtpProvider } from "./smtp.ts";

/** What a scripted server does at a step: says a line, or anything else with its socket. */
type Step = string | ((socket: Socket) => void);
type Script = {
  greeting?: Step;
  ehlo?: Step;
  auth?: Step;
  mail?: Step;
  rcpt?: Step;
  data?: Step;
  /** With the first line of the message. */
  body?: (socket: Socket) => void;
  dot?: Step;
};

const hangUp = (socket: Socket): void => void socket.destroy();
const silence = (): void => undefined;

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

type Scripted = { url: string; lines: string[]; sockets: Set<Socket>; server: Server };

/** An SMTP server that follows a script, one step for each command, and goes on as usual where it says nothing. */
async function serve(script: Script): Promise<Scripted> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined); // the client may hang up first
    const act = (step: Step): void => {
      if (typeof step === "string") socket.write(`${step}\r\n`);
      else step(socket);
    };
    let inData = false;
    act(script.greeting ?? "220 ready");
    createInterface(socket).on("line", (line) => {
      lines.push(line);
      if (inData) {
        script.body?.(socket);
        if (line === ".") {
          inData = false;
          act(script.dot ?? "250 2.0.0 Ok: queued as 4Q2vXz");
        }
      } else if (/^EHLO/.test(line)) act(script.ehlo ?? "250 scripted");
      else if (/^AUTH/.test(line)) act(script.auth ?? "235 ok");
      else if (/^MAIL/.test(line)) act(script.mail ?? "250 ok");
      else if (/^RCPT/.test(line)) act(script.rcpt ?? "250 ok");
      else if (/^DATA/.test(line)) {
        const step = script.data ?? "354 go on";
        inData = typeof step === "string" && step.startsWith("354");
        act(step);
      } else act("250 ok");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, lines, sockets, server };
}

function providerFor(url: string, caFile: string | null = null): Provider {
  const provider = createSmtpProvider({ url, from: "Shop <shop@shop.example>", caFile });
  open.push(provider);
  return provider;
}

type MailChanges = Partial<Omit<OutgoingMessage, "content">> & {
  subject?: string;
  text?: string;
  html?: string | null;
};

function mail({ subject = "Hello", text = "text", html = null, ...changes }: MailChanges = {}): OutgoingMessage {
  return {
    attemptId: "0199-attempt",
    deliveryId: "0199-delivery",
    notificationId: "ntf_c2hvcDox",
    channel: "email",
    address: "mina@example.com",
    app: null,
    content: { kind: "email", subject, text, html },
    expiresAt: null,
    priority: "normal",
    signal: new AbortController().signal,
    ...changes,
  };
}

async function failureOf(sending: Promise<unknown>): Promise<ProviderError> {
  const error = await sending.then(
    () => expect.fail("The send was accepted."),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

const PIPELINING = "250-scripted\r\n250 PIPELINING";
/** More than the buffers of two sockets hold. */
const LONG_TEXT = "A line of a text that is much too long.\r\n".repeat(300_000);

/** It works, and asks to wait. */
const BUSY = { kind: "throttled", alertOperator: false };
/** It does not work, which its breaker has to know. */
const DOWN = { kind: "transient", fault: "provider" };

describe("a failure before the final dot", () => {
  it.each<[string, Script, object]>([
    ["a server that hangs up at once", { greeting: hangUp }, { kind: "transient" }],
    ["a greeting for a rate", { greeting: "421 4.7.0 too many" }, { kind: "throttled", code: "4.7.0" }],
    ["a greeting for too many connections", { greeting: "421 Too many concurrent SMTP connections" }, BUSY],
    ["a greeting that says goodbye", { greeting: "421 Service shutting down" }, DOWN],
    ["a hello for a rate", { ehlo: "421 4.3.2 Connection rate limit exceeded." }, BUSY],
    ["a sender for a rate", { mail: "452 too many emails per hour" }, BUSY],
    ["a greeting that blocks us", { greeting: "554 5.7.1 blocked" }, { kind: "transient", alertOperator: true }],
    ["a greeting that is no SMTP", { greeting: "HTTP/1.1 400 Bad Request" }, { kind: "transient" }],
    ["a sender that is not allowed", { mail: "550 5.7.1 not yours" }, { kind: "transient", alertOperator: true }],
    ["an unknown recipient", { rcpt: "550 5.1.1 unknown" }, { kind: "permanent", code: "5.1.1", address: "suppress" }],
    ["a recipient who gets too much", { rcpt: "450 4.2.1 too fast" }, { kind: "throttled" }],
    ["a recipient who is grey-listed", { rcpt: "451 try again later" }, { kind: "throttled", code: "451" }],
    ["a full mailbox", { rcpt: "452 4.2.2 full" }, { kind: "transient", code: "4.2.2" }],
    ["a reply to the recipient that is nonsense", { rcpt: "nonsense" }, { kind: "transient", code: "garbled_answer" }],
    ["a connection lost at the recipient", { rcpt: hangUp }, { kind: "transient" }],
    ["data that are not wanted", { data: "554 5.7.1 no" }, { kind: "permanent", code: "5.7.1", alertOperator: true }],
    ["a connection lost before the data", { data: hangUp }, { kind: "transient" }],
  ])("has sent nothing: %s", async (_name, script, expected) => {
    const plain = await serve(script);
    expect(await failureOf(providerFor(plain.url).send(mail()))).toMatchObject(expected);
    const pipelined = await serve({ ehlo: PIPELINING, ...script });
    expect(await failureOf(providerFor(pipelined.url).send(mail()))).toMatchObject(expected);
  });

  it("has sent nothing: a connection lost in the middle of the message", async () => {
    const { url } = await serve({ body: hangUp });
    expect((await failureOf(providerFor(url).send(mail({ text: LONG_TEXT })))).kind).toBe("transient");
  });

  it("has sent nothing: a deadline in the middle of the message", async () => {
    const deadline = new AbortController();
    const stalled = Promise.withResolvers<undefined>();
    const { url, lines } = await serve({
      body: (socket) => {
        socket.pause();
        stalled.resolve(undefined);
      },
    });
    const failure = failureOf(providerFor(url).send(mail({ text: LONG_TEXT, signal: deadline.signal })));
    await stalled.promise;
    deadline.abort();
    expect(await failure).toMatchObject({ kind: "transient", code: "deadline_exceeded" });
    expect(lines).not.toContain(".");
  });

  it("has sent nothing: a deadline before the greeting", async () => {
    const deadline = new AbortController();
    const { url, server } = await serve({ greeting: silence });
    const failure = failureOf(providerFor(url).send(mail({ signal: deadline.signal })));
    await once(server, "connection");
    deadline.abort();
    expect(await failure).toMatchObject({ kind: "transient", code: "deadline_exceeded" });
  });
});

describe("a failure after the final dot", () => {
  it.each<[string, Step, string]>([
    ["no reply", hangUp, "ambiguous"],
    ["half a reply", (socket) => socket.end("250 2.0.0 O"), "ambiguous"],
    ["nonsense", "nonsense", "ambiguous"],
    ["nonsense that begins like a yes", "2xx nonsense", "ambiguous"],
    ["a reply that is no answer", "354 go on", "ambiguous"],
    ["a refusal", "552 5.2.2 full", "permanent"],
    ["a refusal without an end", (socket) => socket.end("451 4.3.0 trouble"), "transient"],
    ["a refusal for now", "451 4.3.0 trouble", "transient"],
    ["a server that closes down", "421 4.3.0 closing", "transient"],
    ["a refusal for a rate", "421 4.7.28 unusual rate", "throttled"],
  ])("is judged by what was read: %s", async (_name, dot, kind) => {
    const { url } = await serve({ dot });
    expect((await failureOf(providerFor(url).send(mail()))).kind).toBe(kind);
  });
});

describe("a message", () => {
  it("carries its ids, says that a machine wrote it, and has both texts", async () => {
    const { url, lines } = await serve({});
    await providerFor(url).send(mail({ subject: "Grüße", text: "plain", html: "<p>rich</p>" }));
    expect(lines).toContain("MAIL FROM:<shop@shop.example>");
    expect(lines).toContain("RCPT TO:<mina@example.com>");
    expect(lines).toContain("From: Shop <shop@shop.example>");
    expect(lines).toContain("Message-ID: <0199-delivery@shop.example>");
    expect(lines).toContain("X-Tidings-Notification: ntf_c2hvcDox");
    expect(lines).toContain("X-Tidings-Attempt: 0199-attempt");
    expect(lines).toContain("Auto-Submitted: auto-generated");
    expect(lines.filter((line) => /^Content-Type/.test(line)).map((line) => line.split(";")[0])).toEqual([
      "Content-Type: multipart/alternative",
      "Content-Type: text/plain",
      "Content-Type: text/html",
    ]);
  });

  it("keeps its Message-ID over attempts, so that receivers can tell a copy", async () => {
    const { url, lines } = await serve({});
    const provider = providerFor(url);
    for (const attemptId of ["0199-first", "0199-second"]) await provider.send(mail({ attemptId }));
    await provider.send(mail({ deliveryId: "0199-other" }));
    expect(lines.filter((line) => line.startsWith("Message-ID"))).toEqual([
      "Message-ID: <0199-delivery@shop.example>",
      "Message-ID: <0199-delivery@shop.example>",
      "Message-ID: <0199-other@shop.example>",
    ]);
  });

  it.each([
    ["250 2.0.0 Ok: queued as 4Q2vXz", "4Q2vXz"],
    ["250 OK id=1rABCD-000123-4e", "1rABCD-000123-4e"],
    ["250 2.0.0 OK <abc@host.prod.outlook.com> [Hostname=host]", "<abc@host.prod.outlook.com>"],
    ["250 fine", "<0199-delivery@shop.example>"],
  ])("is named by the server or by ourselves: %j", async (dot, providerMessageId) => {
    const { url } = await serve({ dot });
    expect(await providerFor(url).send(mail())).toEqual({ providerMessageId });
  });

  it.each([
    ["an address", { address: "mina@example.com\r\nRCPT TO:<other@example.com>" }],
    ["a subject", { subject: "Hi\nBcc: other@example.com" }],
    ["a subject with a NUL", { subject: "Hi\0" }],
  ])("is refused when %s would write headers of its own", async (_name, changes) => {
    const { url, lines } = await serve({});
    const error = await failureOf(providerFor(url).send(mail(changes)));
    expect(error).toMatchObject({ kind: "permanent", code: "header_injection" });
    expect(lines).toEqual([]);
  });

  it("goes to nobody else when an address holds several", async () => {
    const { url, lines } = await serve({});
    await providerFor(url)
      .send(mail({ address: "mina@example.com, other@example.com" }))
      .catch(() => undefined); // whether a server takes such an address is its own affair
    expect(lines).not.toContain("RCPT TO:<other@example.com>");
    expect(lines).not.toContain("RCPT TO:<mina@example.com>");
  });
});

describe("a login", () => {
  const withPassword = (url: string): string => url.replace("//", "//user:secret@");

  it("that is refused is tried again, and somebody is called", async () => {
    const { url } = await serve({ ehlo: "250-scripted\r\n250 AUTH PLAIN", auth: "535 5.7.8 wrong" });
    const error = await failureOf(providerFor(withPassword(url)).send(mail()));
    expect(error).toMatchObject({ kind: "transient", code: "5.7.8", alertOperator: true });
  });

  it("that the server cannot check just now is held against the server", async () => {
    const reply = "454 4.7.0 Temporary authentication failure";
    const { url } = await serve({ ehlo: "250-scripted\r\n250 AUTH PLAIN", auth: reply });
    expect(await failureOf(providerFor(withPassword(url)).send(mail()))).toMatchObject({ ...DOWN, code: "4.7.0" });
  });

  it("never leaves the machine without TLS", async () => {
    const { url, lines } = await serve({ ehlo: "250-scripted\r\n250 AUTH PLAIN" });
    const abroad = withPassword(url).replace("127.0.0.1", "[::ffff:127.0.0.1]");
    const error = await failureOf(providerFor(abroad).send(mail()));
    expect(error).toMatchObject({ kind: "transient", code: "tls_failed", alertOperator: true });
    expect(lines.filter((line) => line.startsWith("AUTH"))).toEqual([]);
  });
});

describe("TLS", () => {
  it("trusts the authority of the settings, and no other", async () => {
    const { url, caFile } = await serveTls();
    await expect(providerFor(url, caFile).send(mail())).resolves.toBeDefined();
    const error = await failureOf(providerFor(url).send(mail()));
    expect(error).toMatchObject({ kind: "transient", code: "tls_failed", alertOperator: true });
  });

  it("goes on trusting the system's authorities where the settings name one more", async () => {
    const [known, other] = [await serveTls(), await serveTls()];
    const before = getCACertificates("default");
    setDefaultCACertificates([...before, known.cert]);
    open.push({ close: () => setDefaultCACertificates(before) });
    await expect(providerFor(known.url, other.caFile).send(mail())).resolves.toBeDefined();
  });

  /** A server whose certificate nobody else has. */
  async function serveTls() {
    const directory = await mkdtemp(join(tmpdir(), "tidings-smtp-"));
    open.push({ close: () => rm(directory, { recursive: true }) });
    const { key, cert, caFile } = await loadCertificate(directory, new Date());
    const server = new SMTPServer({ secure: true, key, cert, authOptional: true, onData: accept });
    server.on("error", () => undefined); // the client that does not trust it hangs up
    const listening = server.listen(0, "127.0.0.1");
    await once(listening, "listening");
    open.push({ close: () => new Promise<void>((resolve) => server.close(resolve)) });
    return { url: `smtps://localhost:${(listening.address() as AddressInfo).port}`, cert, caFile };
  }

  const accept: NonNullable<ConstructorParameters<typeof SMTPServer>[0]>["onData"] = (stream, _session, done) => {
    stream.resume().on("end", () => done(null, "taken"));
  };
});

describe("connections", () => {
  it("are used for many messages, and replaced when the server has ended them", async () => {
    const { url, lines, sockets } = await serve({});
    const provider = providerFor(url);
    await provider.send(mail());
    await provider.send(mail());
    expect(lines.filter((line) => line.startsWith("EHLO"))).toHaveLength(1);
    for (const socket of sockets) socket.end();
    await expect.poll(() => sockets.size, { timeout: 10_000 }).toBe(0);
    await provider.send(mail());
    expect(lines.filter((line) => line === ".")).toHaveLength(3);
  });

  it("take ten messages each, the last of which is as good as the first", async () => {
    const { url, lines } = await serve({});
    const provider = providerFor(url);
    const attempts = Array.from({ length: 11 }, (_, index) => `0199-attempt-${index}`);
    for (const attemptId of attempts) await provider.send(mail({ attemptId }));
    expect(lines.filter((line) => line.startsWith("EHLO"))).toHaveLength(2);
    expect(lines.filter((line) => line === ".")).toHaveLength(11);
    expect(lines.filter((line) => line.startsWith("X-Tidings-Attempt"))).toEqual(
      attempts.map((attemptId) => `X-Tidings-Attempt: ${attemptId}`),
    );
  });

  it("take ten messages each when many come at once, and lose and repeat none of them, refused ones neither", async () => {
    let calls = 0;
    const { url, lines } = await serve({
      rcpt: (socket) => void socket.write(++calls % 7 === 0 ? "550 5.1.1 unknown\r\n" : "250 ok\r\n"),
    });
    const provider = providerFor(url);
    const ended = await Promise.allSettled(
      Array.from({ length: 700 }, (_, index) => provider.send(mail({ attemptId: `0199-attempt-${index}` }))),
    );
    expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(600);
    for (const { reason } of ended.filter((one) => one.status === "rejected")) {
      expect(reason).toMatchObject({ code: "5.1.1" });
    }
    expect(lines.filter((line) => line.startsWith("MAIL"))).toHaveLength(700);
    expect(new Set(lines.filter((line) => line.startsWith("X-Tidings-Attempt"))).size).toBe(600);
    expect(lines.filter((line) => line.startsWith("EHLO")).length).toBeGreaterThanOrEqual(70);
  });

  it("that nobody needs are given back with a word", { timeout: 30_000 }, async () => {
    const { url, lines, sockets } = await serve({});
    await providerFor(url).send(mail());
    await expect.poll(() => sockets.size, { timeout: 20_000 }).toBe(0);
    expect(lines.at(-1)).toBe("QUIT");
  });

  const LIMITED = "421 too many messages in this connection";

  it.each<[string, Step, Script]>([
    ["are limited to one message", LIMITED, {}],
    ["are limited to one message, and pipelined,", LIMITED, { ehlo: PIPELINING }],
    ["break between two messages", hangUp, {}],
  ])("that %s lose none and repeat none", async (_name, end, script) => {
    let calls = 0;
    const { url, lines } = await serve({
      ...script,
      mail: (socket) => {
        if (++calls !== 2) socket.write("250 ok\r\n");
        else if (typeof end === "string") socket.write(`${end}\r\n`);
        else end(socket);
      },
    });
    const provider = providerFor(url);
    await provider.send(mail({ attemptId: "0199-first" }));
    await provider.send(mail({ attemptId: "0199-second" }));
    expect(lines.filter((line) => line.startsWith("MAIL"))).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith("X-Tidings-Attempt"))).toEqual([
      "X-Tidings-Attempt: 0199-first",
      "X-Tidings-Attempt: 0199-second",
    ]);
    expect(lines.filter((line) => line === ".")).toHaveLength(2);
  });

  it("that end at every message are not opened for ever", async () => {
    let calls = 0;
    const { url, lines } = await serve({
      mail: (socket) => void socket.write(++calls === 1 ? "250 ok\r\n" : "421 4.7.0 too many\r\n"),
    });
    const provider = providerFor(url);
    await provider.send(mail());
    expect(await failureOf(provider.send(mail()))).toMatchObject({ kind: "throttled", code: "4.7.0" });
    expect(lines.filter((line) => line.startsWith("MAIL"))).toHaveLength(3);
  });

  it.each<[string, Script["body"], Step, string, string]>([
    ["the first line", hangUp, silence, LONG_TEXT, "transient"],
    ["the last line, which it may have taken", undefined, hangUp, "text", "ambiguous"],
    ["the last line, with a word", undefined, "421 4.3.0 closing", "text", "transient"],
  ])("that break after %s of a message send it once", async (_name, body, dot, text, kind) => {
    let begun = 0;
    const { url, lines } = await serve({
      body: (socket) => {
        if (begun === 2) body?.(socket);
      },
      dot: (socket) => {
        if (begun !== 2) socket.write("250 ok\r\n");
        else if (typeof dot === "string") socket.write(`${dot}\r\n`);
        else dot(socket);
      },
      mail: (socket) => {
        begun += 1;
        socket.write("250 ok\r\n");
      },
    });
    const provider = providerFor(url);
    await provider.send(mail());
    expect((await failureOf(provider.send(mail({ text })))).kind).toBe(kind);
    await provider.send(mail());
    expect(begun).toBe(3);
    expect(lines.filter((line) => line === "DATA")).toHaveLength(3);
  });
});

describe("settings", () => {
  it.each(["nobody", "a@b.test, c@d.test", "undisclosed:;"])("refuse %j as the sender", (from) => {
    expect(() => createSmtpProvider({ url: "smtp://localhost", from, caFile: null })).toThrow(/^EMAIL_FROM must be/);
  });

  it("name the file of an authority that is not there", () => {
    const settings = { url: "smtp://localhost", from: "a@b.test", caFile: "/nowhere/ca.pem" };
    expect(() => createSmtpProvider(settings)).toThrow("SMTP_CA_FILE cannot be read (ENOENT): /nowhere/ca.pem");
  });
});

describe("a variable that would begin a header of its own", () => {
  it.each([
    "\r\nBcc: other@example.com",
    "\nBcc: other@example.com\n\nText",
    "\0\r\n\r\nBcc: other@example.com",
    "\u2028Bcc: x",
  ])("stays in its line, as the mail is on the wire (%j)", async (evil) => {
    const locales = { default: { email: { subject: "For {{ name }}{{ tail }}", text: "{{ name }}" } } };
    const content = renderContent(locales, "email", null, {
      name: `Mina${evil}`,
      tail: `${"long ".repeat(40)}${evil}`,
    });
    const { url, lines } = await serve({});
    await providerFor(url).send({ ...mail(), content });
    const begin = lines.indexOf("DATA") + 1;
    const headers = lines.slice(begin, lines.indexOf("", begin));
    expect(headers.filter((line) => /^subject:/i.test(line))).toHaveLength(1);
    expect(headers.filter((line) => /^bcc/i.test(line))).toEqual([]);
    // A header is a name, or goes on with a space from the line before; nothing else came in between.
    expect(headers.filter((line) => !/^(?:[A-Za-z-]+: ?|[ \t])/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("RCPT"))).toEqual(["RCPT TO:<mina@example.com>"]);
  });
});
