import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ParsedMail, simpleParser } from "mailparser";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findProgram } from "../support/find-program.ts";
import { describeWith } from "../support/outside-tool.ts";
import { runningProcesses, type TestProcess } from "../support/processes.ts";
import { type Notification, ok, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";
import type { OutgoingMessage } from "../../src/providers/provider.ts";
import { createSmtpProvider } from "../../src/providers/smtp.ts";
import { type Exim, MAIL_DOMAIN, MAIL_LOGIN, startExim } from "./exim.ts";

// The sandbox's mail server and the adapter were written by the same hands. Exim was not.

const exim4 = { name: "exim4", path: findProgram(["exim4", "exim"], ["/usr/sbin", "/usr/local/sbin"]) };
const MAILBOXES = [
  "mina",
  "greylisted",
  "patient",
  "mended",
  ...Array.from({ length: 12 }, (_, index) => `reader${index}`),
];

describeWith(exim4, "mail through Exim", (program) => {
  let directory: string;
  let exim: Exim;
  let system: System;
  let sender: TestProcess;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "tidings-exim-"));
    exim = await startExim(program, directory, MAILBOXES);
    system = await startSystem({
      workers: 0,
      env: {
        SMTP_URL: smtpUrl(exim, MAIL_LOGIN.password),
        SMTP_CA_FILE: exim.caFile,
        EMAIL_FROM: "Teehaus Grün <shop@shop.example>",
      },
    });
    // Two, so that only the one that sends has to be started again with other settings.
    await system.startWorker({}, ["--queues", "notifications"]);
    sender = await system.startWorker({}, ["--queues", "email"]);
    await ok(system.call("PUT", "/v1/categories/letters", { channels: ["email"] }));
    await ok(
      system.call("PUT", "/v1/templates/ready", {
        locales: {
          default: {
            email: {
              subject: "Abholbereit: {{ item }} ☕",
              text: "Grüße, {{ user.first_name }}!\n\n.\n{{ item }} wartet — 안녕하세요.",
              html: "<p>Grüße, <b>{{ user.first_name }}</b>! {{ item }} wartet.</p>",
            },
          },
        },
      }),
    );
    for (const name of [...MAILBOXES, "nobody"]) {
      await ok(system.call("PUT", `/v1/users/${name}`, { attributes: { first_name: name } }));
      const contact = { channel: "email", address: `${name}@${MAIL_DOMAIN}` };
      await ok(system.call("POST", `/v1/users/${name}/contacts`, contact));
    }
  }, 120_000);

  afterAll(async () => {
    await system.stop();
    await exim.stop();
    expect(runningProcesses()).toBe(0);
    await rm(directory, { recursive: true, force: true });
  });

  const post = (userId: string, eventId = `to-${userId}`) =>
    ok(
      system.call<Notification>("POST", "/v1/notifications", {
        ...{ eventId, to: { userId }, category: "letters", template: "ready" },
        data: { item: "Käse & Crème" },
      }),
    );
  /** The attempts of a notification, with what each came to. */
  const attempts = async (id: string) => {
    type Event = { type: string; detail: Record<string, unknown> };
    const { items } = await ok(system.call<{ items: Event[] }>("GET", `/v1/notifications/${id}/timeline`));
    return items.filter(({ type }) => type === "attempt_closed").map(({ detail }) => detail);
  };
  const mailsTo = async (name: string) => {
    await waitFor(`a mail in the mailbox of ${name}`, () => exim.log().includes(` => ${name} `));
    return readMbox(exim.mailbox(name));
  };

  it("arrives in the mailbox as it was meant, and carries its ids", async () => {
    const { id } = await post("mina");
    const { status, deliveries } = await system.finished(id);
    expect(status).toBe("sent");
    const [mail, ...others] = await mailsTo("mina");
    expect(others).toEqual([]);
    expect(mail?.from?.value).toEqual([{ name: "Teehaus Grün", address: "shop@shop.example" }]);
    expect(mail?.to).toMatchObject({ value: [{ address: `mina@${MAIL_DOMAIN}` }] });
    expect(mail?.subject).toBe("Abholbereit: Käse & Crème ☕");
    expect(mail?.text?.trim()).toBe("Grüße, mina!\n\n.\nKäse & Crème wartet — 안녕하세요.");
    expect(mail?.html).toContain("<p>Grüße, <b>mina</b>! Käse &amp; Crème wartet.</p>");
    const [attempt] = await attempts(id);
    expect(mail?.messageId).toBe(`<${String(deliveries[0]?.id)}@shop.example>`);
    expect(mail?.headers.get("x-tidings-attempt")).toBe(attempt?.attemptId);
    expect(mail?.headers.get("x-tidings-notification")).toBe(id);
    // Exim's own id of the message, as its log names it.
    expect(exim.log()).toContain(`${String(attempt?.providerMessageId)} => mina`);
    expect(exim.log()).toMatch(/<= shop@shop\.example .*X=TLS\S+ .*A=plain:tidings/);
  });

  it("to somebody who is not there fails with the server's code, and is not tried again", async () => {
    const { id } = await post("nobody");
    const notification = await system.finished(id);
    expect(notification).toMatchObject({ status: "failed", deliveries: [{ status: "failed", reason: "5.1.1" }] });
    expect(await attempts(id)).toMatchObject([{ outcome: "permanent", code: "5.1.1" }]);
  });

  it("that is put off by grey-listing is tried again until it passes", async () => {
    const { id } = await post("greylisted");
    await waitFor("the first refusal", async () => (await attempts(id)).length > 0);
    exim.endGreylisting();
    expect(await system.finished(id)).toMatchObject({ status: "sent", deliveries: [{ possibleDuplicate: false }] });
    const tries = await attempts(id);
    expect(tries.length).toBeGreaterThan(1);
    expect(tries[0]).toMatchObject({ outcome: "throttled", code: "4.7.1" });
    expect(await mailsTo("greylisted")).toHaveLength(1);
  });

  it("arrives once each when there is much of it at a time", async () => {
    const names = MAILBOXES.filter((name) => name.startsWith("reader"));
    const posted = await Promise.all(names.map((name) => post(name)));
    const ended = await Promise.all(posted.map(({ id }) => system.finished(id)));
    expect(ended.map(({ status }) => status)).toEqual(names.map(() => "sent"));
    for (const name of names) expect(await mailsTo(name)).toHaveLength(1);
  });

  it("goes out over few connections one after the other, and arrives at once however many went before it", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `patient-${index}`);
    const before = connectionsIn(exim.log());
    for (const name of names) {
      const { id } = await post("patient", name);
      expect((await system.finished(id)).status).toBe("sent");
    }
    await waitFor("all of them in the mailbox", async () => (await readMbox(exim.mailbox("patient"))).length === 12);
    expect(exim.log()).not.toContain("no immediate delivery");
    expect(connectionsIn(exim.log()) - before).toBeLessThan(names.length);
  });

  it("is asked to wait while others have all places, which is no failure of the server", async () => {
    const settings = { url: smtpUrl(exim, MAIL_LOGIN.password), from: "shop@shop.example", caFile: exim.caFile };
    const others: Socket[] = [];
    // Again where the worker has just given a place back.
    const refusal = await waitFor("a refusal", async () => {
      others.push(...(await takeAllPlaces(exim)));
      const provider = createSmtpProvider(settings);
      const answer = await provider.send(mailTo("mina")).then(
        () => null,
        (reason: unknown) => reason,
      );
      await provider.close();
      return answer;
    });
    for (const socket of others) socket.destroy();
    expect(refusal).toMatchObject({ kind: "throttled", code: "421" });
  });

  it(
    "waits while the password is wrong, which is reported, and is sent once it is right",
    { timeout: 180_000 },
    async () => {
      await sender.stop();
      const mistaken = await system.startWorker({ SMTP_URL: smtpUrl(exim, "wrong") }, ["--queues", "email"]);
      const { id } = await post("mended");
      await waitFor("the first refusal", async () => (await attempts(id)).length > 0);
      expect(await attempts(id)).toContainEqual(expect.objectContaining({ outcome: "transient", code: "535" }));
      await waitFor("a line in the worker's log", () =>
        /"level":50.*"provider":"smtp".*"code":"535"/.test(mistaken.output()),
      );
      expect(mistaken.output()).not.toContain(MAIL_DOMAIN);
      await mistaken.stop();
      await system.startWorker({}, ["--queues", "email"]);
      expect((await system.finished(id, 60_000)).status).toBe("sent");
      expect(await mailsTo("mended")).toHaveLength(1);
    },
  );
});

function mailTo(name: string): OutgoingMessage {
  return {
    ...{ attemptId: "an-attempt", deliveryId: "a-delivery", notificationId: "a-notification" },
    ...{ channel: "email", address: `${name}@${MAIL_DOMAIN}`, app: null },
    content: { kind: "email", subject: "Hello", text: "Hello", html: null },
    ...{ expiresAt: null, priority: "normal", signal: new AbortController().signal },
  };
}

async function takeAllPlaces({ port }: Exim): Promise<Socket[]> {
  const taken: Socket[] = [];
  for (let greeting = ""; !greeting.startsWith("421");) {
    const socket = createConnection({ port, host: "127.0.0.1" });
    taken.push(socket);
    [greeting] = (await once(socket.setEncoding("utf8"), "data")) as [string];
  }
  return taken;
}

function smtpUrl({ port }: Exim, password: string): string {
  return `smtp://${MAIL_LOGIN.user}:${encodeURIComponent(password)}@127.0.0.1:${port}`;
}

function readMbox(mbox: string): Promise<ParsedMail[]> {
  const mails = mbox.split(/^From .*\n/m).filter((mail) => mail !== "");
  return Promise.all(mails.map((mail) => simpleParser(mail)));
}

function connectionsIn(log: string): number {
  return [...log.matchAll(/SMTP connection from \[127\.0\.0\.1\] \(TCP/g)].length;
}
