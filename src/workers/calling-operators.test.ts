import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createLog } from "../observability/log.ts";
import { type OutgoingMessage, type Provider, ProviderError } from "../providers/provider.ts";
import { callingOperators } from "./calling-operators.ts";

const MESSAGE: OutgoingMessage = {
  attemptId: "attempt-1",
  deliveryId: "delivery-1",
  notificationId: "ntf_1",
  channel: "email",
  address: "mina@example.com",
  app: null,
  content: { kind: "email", subject: "Hello", text: "secret text", html: null },
  expiresAt: null,
  priority: "normal",
  signal: new AbortController().signal,
};

/** What is logged when a provider fails like this; `raised` gets the alerts. */
async function loggedFor(error: unknown, raised: unknown[] = []): Promise<string> {
  let lines = "";
  const alarm = { raise: (...alert: unknown[]) => Promise.resolve(void raised.push(alert)) };
  const log = createLog(
    "test",
    "info",
    new Writable({
      write(chunk, _encoding, done) {
        lines += String(chunk);
        done();
      },
    }),
  );
  const failing: Provider = {
    id: "smtp",
    channels: ["email"],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an adapter with a bug throws anything
    send: () => Promise.reject(error),
    close: () => Promise.resolve(),
  };
  await expect(callingOperators(failing, { log, alarm }).send(MESSAGE)).rejects.toBe(error);
  return lines;
}

describe("a provider that calls operators", () => {
  it("says in the log and by an alert what has to be mended, and nothing of the message", async () => {
    const raised: unknown[] = [];
    const logged = await loggedFor(new ProviderError("transient", { code: "535", alertOperator: true }), raised);
    expect(raised).toEqual([["provider_needs_mending", "smtp", { channel: "email", code: "535" }]]);
    expect(JSON.parse(logged)).toMatchObject({
      ...{ level: 50, provider: "smtp", channel: "email", code: "535" },
      ...{ notificationId: "ntf_1", attemptId: "attempt-1" },
    });
    expect(logged).not.toMatch(/mina|Hello|secret/);
  });

  it("says that an adapter failed in a way of its own, without that error's words", async () => {
    const logged = await loggedFor(new TypeError("no such thing for mina@example.com"));
    expect(JSON.parse(logged)).toMatchObject({ level: 50, code: "adapter_error" });
    expect(logged).not.toContain("mina");
  });

  it("is silent about failures that pass, or are the message's own", async () => {
    expect(await loggedFor(new ProviderError("throttled", { code: "429" }))).toBe("");
    expect(await loggedFor(new ProviderError("permanent", { code: "5.1.1", address: "suppress" }))).toBe("");
  });
});
