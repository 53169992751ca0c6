import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENT_ID, type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(() => system.stop());

type Explanation = {
  outcome: string;
  reason: string | null;
  until: string | null;
  channels: { channel: string; reason: string | null }[];
};
type Shown = Notification & { scheduledFor: string | null };

const HOUR = 3_600_000;
const clock = (at: number) => new Date(at).toISOString().slice(11, 16);
/** Around this moment, as the clock shows it in UTC, far from their ends. */
const QUIET_NOW = { from: clock(Date.now() - 6 * HOUR), to: clock(Date.now() + 6 * HOUR) };
const ADDRESSES: Record<string, (user: string) => string> = {
  fcm: (user) => `token-of-${user}`,
  sms: () => "+14155550100",
  email: (user) => `${user}@example.com`,
};

async function makeUser(user: string, channels: readonly string[]): Promise<void> {
  await ok(system.call("PUT", `/v1/users/${user}`, { attributes: { first_name: "Ada" } }));
  for (const channel of channels) {
    const address = ADDRESSES[channel]?.(user);
    await ok(system.call("POST", `/v1/users/${user}/contacts`, { channel, address }));
  }
}

/** Sends it, once it is explained; waits until it has ended, or waits itself. */
async function explainAndSend(request: Record<string, unknown>) {
  const { outcome, reason, until, channels } = await ok(
    system.call<Explanation>("POST", "/v1/notifications/explain", request),
  );
  const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", request));
  const shown = await waitFor(`${id} to be decided on`, async () => {
    const { body } = await system.call<Shown>("GET", `/v1/notifications/${id}`);
    return ["sent", "suppressed", "held", "failed"].includes(body.status) && body;
  });
  const { items } = await ok(
    system.call<{ items: { type: string; detail: { reason?: string } }[] }>("GET", `/v1/notifications/${id}/timeline`),
  );
  const heldFor = items.find(({ type }) => type === "held")?.detail.reason;
  return {
    foretold: {
      outcome,
      reason,
      until,
      // What waits has no deliveries yet.
      channels: outcome === "held" ? [] : channels.map((one) => [one.channel, one.reason]),
    },
    happened: {
      outcome: shown.status === "sent" ? "send" : shown.status,
      reason: heldFor ?? shown.reason,
      until: shown.scheduledFor,
      channels: shown.deliveries.map((one) => [one.channel, one.reason]),
    },
  };
}

const LIMITS = {
  "no limit": {},
  "a limit of the whole that drops": { limits: [{ max: 1, per: "1h" }] },
  "a limit of the whole that defers": { limits: [{ max: 1, per: "1h" }], onLimit: "defer" },
  "a limit of one channel that drops": { limits: [{ max: 1, per: "1h", channel: "email" }] },
  "a limit of one channel that defers": { limits: [{ max: 1, per: "1h", channel: "email" }], onLimit: "defer" },
};

describe("an explanation", { timeout: 120_000 }, () => {
  const seen = new Set<string>();

  async function check(category: string, user: string, quiet: boolean, again: boolean): Promise<void> {
    const about = (item_name: string) => ({ to: { userId: user }, category, data: { item_name } });
    await system.finished(
      (await ok(system.call<Notification>("POST", "/v1/notifications", order(user, about("A"))))).id,
    );
    if (quiet) await ok(system.call("PUT", `/v1/users/${user}/preferences`, { quietHours: QUIET_NOW }));
    const { foretold, happened } = await explainAndSend(order(`${user}-again`, about(again ? "A" : "B")));
    expect({ user, ...foretold }).toEqual({ user, ...happened });
    seen.add(`${foretold.outcome} ${foretold.reason}`);
  }

  it.each(Object.entries(LIMITS))("is what then happens under %s", async (name, limits) => {
    const category = name.replaceAll(" ", "-");
    await ok(
      system.call("PUT", `/v1/categories/${category}`, { channels: ["push", "email"], dedupWithin: "1h", ...limits }),
    );
    const cases = [["email"], ["fcm", "email"]].flatMap((channels) =>
      [false, true].flatMap((quiet) => [false, true].map((again) => ({ channels, quiet, again }))),
    );
    await Promise.all(
      cases.map(async ({ channels, quiet, again }) => {
        const user = [category, ...channels, quiet ? "quiet" : "loud", again ? "same" : "other"].join("-");
        await makeUser(user, channels);
        await check(category, user, quiet, again);
      }),
    );
  });

  it("was of every kind in these cases", () => {
    const kinds = ["send null", "held quiet_hours", "held rate_limited", "suppressed duplicate"];
    expect([...seen].toSorted()).toEqual([...kinds, "suppressed no_contact", "suppressed rate_limited"].toSorted());
  });

  it.each([[["sms", "email"]], [["email", "sms"]]])(
    "gives each of %j the reason that it then has, and the whole its own",
    async (channels) => {
      const user = channels.join("-then-");
      await makeUser(user, channels);
      const limits = [{ max: 1, per: "1h", channel: "email" }];
      await ok(system.call("PUT", `/v1/categories/${user}`, { channels, limits }));
      const to = { to: { userId: user }, category: user };
      await system.finished((await ok(system.call<Notification>("POST", "/v1/notifications", order(user, to)))).id);
      await ok(system.call("PUT", "/v1/settings", { smsDailyCaps: { [CLIENT_ID]: 0 } }));
      const { foretold, happened } = await explainAndSend(order(`${user}-capped`, to));
      await ok(system.call("PUT", "/v1/settings", {}));
      expect(foretold).toEqual(happened);
      expect(new Map(foretold.channels as [string, string][])).toEqual(
        new Map([
          ["sms", "sms_cap_reached"],
          ["email", "rate_limited"],
        ]),
      );
    },
  );
});
