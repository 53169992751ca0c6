import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { addRule } from "../../tests/support/sandbox-rules.ts";
import { encodeNotificationId } from "../domain/notification-id.ts";
import { MAX_PUSH_TEXT_BYTES, pushTextBytes } from "../domain/push-size.ts";
import type { Respond } from "../sandbox/rules.ts";
import { useSandbox } from "../sandbox/sandbox.harness.ts";
import type { Sandbox } from "../sandbox/start-sandbox.ts";
import { discreetFailureOf, messageFor, SUBJECTS } from "./contract.harness.ts";
import { closedAfterTest } from "./provider.harness.ts";
import type { OutgoingMessage, Provider, ProviderErrorKind } from "./provider.ts";

let sandbox: Sandbox;
useSandbox((started) => (sandbox = started));

describe.each(SUBJECTS)("provider $id", (subject) => {
  let provider: Provider;
  let requestsBefore: number;

  beforeEach(() => {
    provider = closedAfterTest(subject.create({ ...sandbox, url: subject.urlIn(sandbox) }));
    requestsBefore = sandbox.requests()[subject.id] ?? 0;
  });

  const message = (changes?: Partial<OutgoingMessage>) => messageFor(subject, changes);
  const requests = (): number => (sandbox.requests()[subject.id] ?? 0) - requestsBefore;
  const respondOnce = (respond: Respond) => addRule(sandbox, { provider: subject.id }, respond, 1);

  it("hands a message over with one request, and the ids of its attempt with it", async () => {
    const sent = message();
    const { providerMessageId } = await provider.send(sent);
    const [kept] = sandbox.messages();
    expect(kept).toMatchObject({
      provider: subject.id,
      channel: subject.channel,
      to: sent.address,
      attemptId: sent.attemptId,
      notificationId: sent.notificationId,
    });
    expect(providerMessageId).toBe(kept && subject.nameOf(kept));
    expect(requests()).toBe(1);
  });

  it("hands over many at once, each once", async () => {
    const sent = Array.from({ length: 60 }, () => message());
    await Promise.all(sent.map((one) => provider.send(one)));
    expect(requests()).toBe(60);
    expect(new Set(sandbox.messages().map(({ attemptId }) => attemptId))).toEqual(
      new Set(sent.map(({ attemptId }) => attemptId)),
    );
  });

  it("says that a refusal is for good", async () => {
    await respondOnce({ status: 400 });
    const error = await discreetFailureOf(provider.send(message()));
    expect(error).toMatchObject({ kind: "permanent", address: undefined });
    expect(requests()).toBe(1);
    expect(sandbox.messages()).toEqual([]);
  });

  it("says what follows for an address that is dead", async () => {
    const { address, flag } = subject.dead;
    const error = await discreetFailureOf(provider.send(message({ address })));
    expect(error).toMatchObject({ kind: "permanent", address: flag, alertOperator: false });
    expect(requests()).toBe(1);
  });

  it("says that a rate was the reason, and when to come back where it is told", async () => {
    await respondOnce({ status: 429, retryAfterSeconds: 7 });
    const error = await discreetFailureOf(provider.send(message()));
    expect(error).toMatchObject({ kind: "throttled", address: undefined });
    // Some say it as a time of day in seconds.
    const seconds = error.retryAfterMs === undefined ? [] : [Math.round(error.retryAfterMs / 1_000)];
    expect(seconds).toEqual(subject.givesRetryAfter ? [expect.closeTo(7, -0.5)] : []);
    expect(requests()).toBe(1);
  });

  it("leaves trying again after a server's trouble to its caller", async () => {
    await respondOnce({ status: 503 });
    expect((await discreetFailureOf(provider.send(message()))).kind).toBe(subject.troubled);
    expect(requests()).toBe(1);
  });

  it("is in doubt when the connection breaks after the request, taken or not", async () => {
    const broken = { kind: "ambiguous", code: expect.stringMatching(/^connection_/) as string };
    await respondOnce({ drop: "before" });
    expect(await discreetFailureOf(provider.send(message()))).toMatchObject(broken);
    expect(sandbox.messages()).toEqual([]);
    await respondOnce({ drop: "after_accept" });
    expect(await discreetFailureOf(provider.send(message()))).toMatchObject(broken);
    expect(sandbox.messages()).toHaveLength(1);
    expect(requests()).toBe(2);
  });

  it("is in doubt about an answer that it cannot read", async () => {
    await respondOnce({ garbled: true });
    const error = await discreetFailureOf(provider.send(message()));
    expect(error).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
    expect(requests()).toBe(1);
  });

  it("stops at the deadline, in doubt when the request was out", async () => {
    await respondOnce({ delayMs: 600_000 });
    const deadline = new AbortController();
    const failure = discreetFailureOf(provider.send(message({ signal: deadline.signal })));
    await expect.poll(requests, { timeout: 10_000 }).toBe(1);
    const abortedAt = performance.now();
    deadline.abort();
    expect(await failure).toMatchObject({ kind: "ambiguous", code: "deadline_exceeded" });
    expect(performance.now() - abortedAt).toBeLessThan(5_000);
    expect(requests()).toBe(1);
  });

  it("sends nothing once the deadline has passed", async () => {
    const error = await discreetFailureOf(provider.send(message({ signal: AbortSignal.abort() })));
    expect(error).toMatchObject({ kind: "transient", code: "deadline_exceeded" });
    await provider.send(message());
    expect(requests()).toBe(1);
  });

  it("knows the kind of every trouble on a connection that worked before, and works again after it", async () => {
    const troubles: [Respond, ProviderErrorKind][] = [
      [{ drop: "before" }, "ambiguous"],
      [{ drop: "after_accept" }, "ambiguous"],
      [{ garbled: true }, "ambiguous"],
      [{ status: 400 }, "permanent"],
      [{ status: 503 }, subject.troubled],
    ];
    for (const [trouble, kind] of troubles) {
      await provider.send(message());
      await respondOnce(trouble);
      expect((await discreetFailureOf(provider.send(message()))).kind).toBe(kind);
    }
    await provider.send(message());
    expect(requests()).toBe(11);
  });

  it("refuses content of another channel without sending it", async () => {
    const error = await discreetFailureOf(provider.send(message({ content: subject.foreignContent })));
    expect(error).toMatchObject({ kind: "permanent", code: "wrong_content", alertOperator: true });
    expect(requests()).toBe(0);
  });
});

describe.each(SUBJECTS.filter(({ channel }) => channel === "email"))("provider of mail $id", (subject) => {
  it("hands over the headers that a message brings", async () => {
    const provider = closedAfterTest(subject.create({ ...sandbox, url: subject.urlIn(sandbox) }));
    const url = `https://tidings.example.com/u/${"x".repeat(300)}.${"y".repeat(43)}`;
    const headers = { "List-Unsubscribe": `<${url}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" };
    await provider.send(messageFor(subject, { headers }));
    expect(sandbox.messages()).toMatchObject([{ listUnsubscribe: { url, oneClick: true } }]);
  });
});

describe.each(SUBJECTS.filter(({ content }) => content.kind === "push"))("provider of pushes $id", (subject) => {
  it("sends the longest texts that are accepted, whatever comes with them", async () => {
    const provider = closedAfterTest(subject.create({ ...sandbox, url: subject.urlIn(sandbox) }));
    const body = "한".repeat((MAX_PUSH_TEXT_BYTES - 1) / 3);
    const content = { kind: "push", title: "t", body, data: {} } as const;
    expect(pushTextBytes(content.title) + pushTextBytes(body)).toBe(MAX_PUSH_TEXT_BYTES);
    await provider.send(
      messageFor(subject, {
        content,
        notificationId: encodeNotificationId({ clientId: "c".repeat(32), eventId: "e".repeat(200) }),
        attemptId: randomUUID(),
        deliveryId: randomUUID(),
        pushToken: "p".repeat(43),
      }),
    );
    expect(sandbox.messages()).toMatchObject([{ text: body }]);
  });
});
