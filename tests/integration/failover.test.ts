import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

// What follows from the answers of two real SDKs.

let system: System;

beforeAll(async () => {
  system = await startSystem({
    settings: ({ sendgridBaseUrl }) =>
      Promise.resolve({
        EMAIL_PROVIDERS: "smtp,sendgrid",
        SENDGRID_API_KEY: "SG.sandbox",
        SENDGRID_BASE_URL: sendgridBaseUrl,
      }),
  });
  await seed(system);
  await ok(system.call("POST", "/v1/users/mina/contacts", { channel: "sms", address: "+14155550100" }));
  await ok(system.call("PUT", "/v1/categories/texts", { channels: ["sms"] }));
  await ok(system.call("PUT", "/v1/categories/letters-once", { channels: ["email"], guarantee: "at_most_once" }));
});

afterAll(() => system.stop());

async function send(eventId: string, category = "letters", userId = "mina"): Promise<Notification> {
  const body = order(eventId, { category, to: { userId } });
  const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", body));
  return system.finished(id);
}

type Event = { at: string; type: string; detail: Record<string, unknown> };

async function attemptsOf({ id }: Notification): Promise<Event[]> {
  const { items } = await ok(system.call<{ items: Event[] }>("GET", `/v1/notifications/${id}/timeline`));
  return items.filter(({ type }) => type.startsWith("attempt_"));
}

/** How often Temporal has run the only activity that is under way. */
async function runsOf({ workflowId }: Notification): Promise<number> {
  const { raw } = await system.client.workflow.getHandle(workflowId).describe();
  return raw.pendingActivities?.[0]?.attempt ?? 0;
}

const said = (events: Event[]) => events.map(({ type, detail }) => [type, detail.provider, detail.outcome]);

describe("of two providers", { timeout: 60_000 }, () => {
  it("the second takes what the first holds against us", async () => {
    await addRule(system.sandbox, { provider: "smtp" }, { status: 554, code: "5.7.1" }, 1);
    const notification = await send("blocked");
    expect(notification).toMatchObject({
      status: "sent",
      deliveries: [{ provider: "sendgrid", attempts: 2, possibleDuplicate: false }],
    });
    const events = await attemptsOf(notification);
    expect(said(events)).toEqual([
      ["attempt_opened", "smtp", undefined],
      ["attempt_closed", "smtp", "permanent"],
      ["attempt_opened", "sendgrid", undefined],
      ["attempt_closed", "sendgrid", "sent"],
    ]);
    expect(events[2]?.detail.passedOver).toEqual([{ provider: "smtp", reason: "refused" }]);
  });

  it("the second takes what the first cannot take now, a second later, however long that one asks to wait", async () => {
    await addRule(system.sandbox, { provider: "smtp" }, { status: 451, code: "4.7.0" }, 1);
    const notification = await send("busy");
    expect(notification).toMatchObject({ status: "sent", deliveries: [{ provider: "sendgrid", attempts: 2 }] });
    const [, closed, opened] = await attemptsOf(notification);
    expect(Date.parse(String(closed?.detail.retryAt)) - Date.parse(closed?.at ?? "")).toBeLessThanOrEqual(1_100);
    expect(opened?.detail.passedOver).toMatchObject([{ provider: "smtp" }]);
  });

  it("the second is not asked about an address that does not exist", async () => {
    const before = system.sandbox.requests().sendgrid ?? 0;
    await addRule(system.sandbox, { provider: "smtp" }, { status: 550, code: "5.1.1" }, 1);
    await ok(system.call("PUT", "/v1/users/gone", { attributes: { first_name: "Gone" } }));
    await ok(system.call("POST", "/v1/users/gone/contacts", { channel: "email", address: "gone@example.com" }));
    expect(await send("nobody", "letters", "gone")).toMatchObject({ status: "failed", reason: "5.1.1" });
    expect(system.sandbox.requests().sendgrid ?? 0).toBe(before);
  });

  it("the second never gets what may have been taken, where at most once is promised", async () => {
    const before = system.sandbox.requests().sendgrid ?? 0;
    await addRule(system.sandbox, { provider: "smtp" }, { drop: "after_accept" }, 1);
    const notification = await send("doubtful", "letters-once");
    expect(notification).toMatchObject({ status: "unknown", deliveries: [{ provider: "smtp", attempts: 1 }] });
    expect(system.sandbox.requests().sendgrid ?? 0).toBe(before);
  });

  it("the first takes its own doubts again, where at least once is promised", async () => {
    await addRule(system.sandbox, { provider: "smtp" }, { drop: "after_accept" }, 1);
    const notification = await send("doubled");
    expect(notification).toMatchObject({
      status: "sent",
      deliveries: [{ provider: "smtp", attempts: 2, possibleDuplicate: true }],
    });
  });

  it("each that has refused it makes it fail", async () => {
    await addRule(system.sandbox, { provider: "smtp" }, { status: 554, code: "5.7.1" }, 1);
    await addRule(system.sandbox, { provider: "sendgrid" }, { status: 413 }, 1);
    expect(await send("refused")).toMatchObject({ status: "failed", reason: "413", deliveries: [{ attempts: 2 }] });
  });
});

describe("a provider without a standby", { timeout: 60_000 }, () => {
  it("is asked again when it said so, and not before", async () => {
    await addRule(system.sandbox, { provider: "twilio" }, { status: 429, retryAfterSeconds: 7 }, 1);
    const notification = await send("told-to-wait", "texts");
    expect(notification).toMatchObject({ status: "sent", deliveries: [{ provider: "twilio", attempts: 2 }] });
    const [, closed, opened] = await attemptsOf(notification);
    expect(Date.parse(opened?.at ?? "") - Date.parse(closed?.at ?? "")).toBeGreaterThanOrEqual(7_000);
    await clearRules(system.sandbox);
  });
});

describe("a provider that is broken for a day", { timeout: 180_000 }, () => {
  it("makes a dead letter also of what could not even be tried", async () => {
    // As if a probe were under way, which everybody waits for.
    await system.pool.query(
      `INSERT INTO provider_breakers (provider, state, probe_at, probe_attempt_id)
       VALUES ('twilio', 'open', now() + interval '1 hour', gen_random_uuid())
       ON CONFLICT (provider) DO UPDATE
       SET state = 'open', probe_at = excluded.probe_at, probe_attempt_id = excluded.probe_attempt_id`,
    );
    const accepted = await ok(
      system.call<Notification>("POST", "/v1/notifications", order("never-tried", { category: "texts" })),
    );
    const { id } = accepted;
    await waitFor("it to be decided a day ago", async () => {
      const { rowCount } = await system.pool.query(
        "UPDATE notifications SET decided_at = decided_at - interval '25 hours' WHERE event_id = 'never-tried'",
      );
      return rowCount === 1;
    });
    // A backlog of a day that finds the provider broken for a moment waits for it.
    const before = await runsOf(accepted);
    await waitFor("a worker to have asked again since", async () => (await runsOf(accepted)) > before + 1, {
      timeoutMs: 90_000,
    });
    expect((await system.call<Notification>("GET", `/v1/notifications/${id}`)).body.status).not.toBe("failed");
    await system.pool.query(
      "UPDATE provider_breakers SET changed_at = now() - interval '25 hours' WHERE provider = 'twilio'",
    );
    const over = await system.finished(id, 90_000);
    expect(over).toMatchObject({ status: "failed", reason: "retries_exhausted", deliveries: [{ attempts: 0 }] });
    const { items } = await ok(system.call<{ items: Notification[] }>("GET", "/v1/dead-letters"));
    expect(items.map(({ eventId }) => eventId)).toContain("never-tried");
    await system.pool.query(
      "UPDATE provider_breakers SET state = 'closed', probe_at = NULL, probe_attempt_id = NULL WHERE provider = 'twilio'",
    );
  });
});

describe("what is known of the providers", () => {
  type Provider = { provider: string; channels: string[]; paused: boolean; breaker: Record<string, unknown> };

  it("is listed, configured or not", async () => {
    const { items } = await ok(system.call<{ items: Provider[] }>("GET", "/v1/providers"));
    const closed = { state: "closed", since: null, probeAt: null };
    expect(items).toContainEqual({
      ...{ provider: "sendgrid", channels: ["email"], paused: false, ratePerSecond: null, breaker: closed },
    });
    expect(await ok(system.call("GET", "/v1/providers/sendgrid"))).toMatchObject({ breaker: closed });
  });

  it("is part of an explanation", async () => {
    const explain = async () => {
      const body = order("explained", { category: "letters" });
      const answer = await ok(
        system.call<{ channels: Record<string, unknown>[] }>("POST", "/v1/notifications/explain", body),
      );
      const [channel] = answer.channels;
      return [channel?.decision, channel?.provider, channel?.waitsFor];
    };
    expect(await explain()).toEqual(["send", "smtp", null]);
    await ok(system.call("PUT", "/v1/providers/smtp", { paused: true }));
    expect(await explain()).toEqual(["send", "sendgrid", null]);
    await system.pool.query(
      `INSERT INTO provider_breakers (provider, state, probe_at) VALUES ('sendgrid', 'open', now() + interval '1 hour')
       ON CONFLICT (provider) DO UPDATE SET state = 'open', probe_at = excluded.probe_at`,
    );
    expect(await explain()).toEqual(["send", null, "providers_failing"]);
    expect(await ok(system.call("GET", "/v1/providers/sendgrid"))).toMatchObject({ breaker: { state: "open" } });
    await system.pool.query("UPDATE provider_breakers SET state = 'closed', probe_at = NULL");
    await ok(system.call("PUT", "/v1/providers/smtp", {}));
    await ok(system.call("PUT", "/v1/channels/email", { paused: true }));
    expect(await explain()).toEqual(["send", null, "channel_paused"]);
    await ok(system.call("PUT", "/v1/channels/email", {}));
  });
});
