import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

// What changes while a notification waits counts, whatever it waits for.

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
});

afterAll(() => system.stop());

let users = 0;

const HOUR = 3_600_000;
const iso = (inMs: number) => new Date(Date.now() + inMs).toISOString();
const put = (path: string, body: unknown) => ok(system.call("PUT", path, body));
const addressOf = (user: string) => `${user}@example.com`;

type Change = {
  what: string;
  /** Of the category: before, and after the change. */
  mandatory: boolean;
  mandatoryThen?: boolean;
  change: (user: string, category: string) => Promise<unknown>;
  end: { status: string; reason: string | null };
};

/** What happens during the wait, to a notification of a category that is mandatory or not, and how it ends. */
const CHANGES: Change[] = [
  {
    what: "an opt-out",
    mandatory: false,
    change: (user: string) => put(`/v1/users/${user}/preferences`, { all: false }),
    end: { status: "suppressed", reason: "opted_out" },
  },
  {
    what: "an opt-out from what is mandatory",
    mandatory: true,
    change: (user: string) => put(`/v1/users/${user}/preferences`, { all: false }),
    end: { status: "sent", reason: null },
  },
  {
    what: "a suppression of the address",
    mandatory: true,
    change: async (user: string) => {
      await put(`/v1/users/${user}/preferences`, {});
      await put("/v1/suppressions", { channel: "email", address: addressOf(user) });
    },
    end: { status: "suppressed", reason: "suppressed" },
  },
  {
    what: "an opt-out from what is made mandatory",
    mandatory: false,
    mandatoryThen: true,
    change: async (user: string, category: string) => {
      await put(`/v1/users/${user}/preferences`, { all: false });
      await put(`/v1/categories/${category}`, { channels: ["email"], mandatory: true });
    },
    end: { status: "sent", reason: null },
  },
  {
    what: "an opt-out from what is mandatory no more",
    mandatory: true,
    mandatoryThen: false,
    change: async (user: string, category: string) => {
      await put(`/v1/users/${user}/preferences`, { all: false });
      await put(`/v1/categories/${category}`, { channels: ["email"], mandatory: false });
    },
    end: { status: "suppressed", reason: "opted_out" },
  },
];

type Wait = {
  waits: string;
  /** In which it waits, of the notification or of its only delivery. */
  status: string;
  /** Of the category. */
  rules?: Record<string, unknown>;
  request?: () => Record<string, unknown>;
  before?: (user: string, category: string) => Promise<unknown>;
  after: (id: string, category: string, mandatory: boolean) => Promise<unknown>;
  /** One at a time, since they hold back everybody's. */
  alone?: true;
};

const bringForward = (id: string) => ok(system.call("PATCH", `/v1/notifications/${id}`, { sendAt: iso(3_000) }));
const clock = (inMs: number) => iso(inMs).slice(11, 16);

const WAITS: Wait[] = [
  {
    waits: "for its time",
    status: "scheduled",
    request: () => ({ sendAt: iso(HOUR) }),
    after: bringForward,
  },
  {
    waits: "for the end of quiet hours",
    status: "held",
    before: (user) =>
      put(`/v1/users/${user}/preferences`, { quietHours: { from: clock(-6 * HOUR), to: clock(6 * HOUR) } }),
    after: bringForward,
  },
  {
    waits: "for a place in a rate limit",
    status: "held",
    rules: { limits: [{ max: 1, per: "1h" }], onLimit: "defer" },
    before: async (user, category) => {
      await system.finished((await post(`${user}-first`, user, category)).id);
    },
    after: async (id, category, mandatory) => {
      await put(`/v1/categories/${category}`, { channels: ["email"], mandatory });
      await bringForward(id);
    },
  },
  {
    waits: "for a channel that is paused",
    status: "pending",
    before: () => put("/v1/channels/email", { paused: true }),
    after: () => put("/v1/channels/email", { paused: false }),
    alone: true,
  },
];

const post = (eventId: string, user: string, category: string, more: Record<string, unknown> = {}) =>
  ok(
    system.call<Notification>("POST", "/v1/notifications", order(eventId, { to: { userId: user }, category, ...more })),
  );

describe.each(WAITS)("while a notification waits $waits", ({ status, rules, request, before, after, alone }) => {
  (alone ? it : it.concurrent).each(CHANGES)("$what decides: $end.status", { timeout: 150_000 }, async (changing) => {
    const { mandatory, mandatoryThen = mandatory, change, end } = changing;
    const user = `user-${++users}`;
    const category = `of-${user}`;
    await put(`/v1/users/${user}`, { attributes: { first_name: "Mina" } });
    await ok(system.call("POST", `/v1/users/${user}/contacts`, { channel: "email", address: addressOf(user) }));
    await put(`/v1/categories/${category}`, { channels: ["email"], mandatory, ...rules });
    await before?.(user, category);
    const { id } = await post(user, user, category, request?.());
    await waitFor(`it to be ${status}`, async () => {
      const { body } = await system.call<Notification>("GET", `/v1/notifications/${id}`);
      return [body.status, body.deliveries[0]?.status].includes(status);
    });
    await change(user, category);
    await after(id, category, mandatoryThen);
    // A round of repair that crosses the end of a pause holds the channel back until the next one.
    expect(await system.finished(id, 100_000)).toMatchObject(end);
    expect(system.messagesOf(id)).toHaveLength(end.status === "sent" ? 1 : 0);
  });
});
