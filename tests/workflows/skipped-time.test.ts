import { DateTime } from "luxon";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWith } from "../support/outside-tool.ts";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { type SkippingSystem, startSkippingSystem } from "../support/skipping-system.ts";
import { type Notification, ok, order, seed, type System } from "../support/system.ts";
import { findTestServer } from "../support/time-skipping.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ZONE = "Europe/Berlin";

type Alert = { kind: string; subject: string; count: number };
type Event = { at: string; type: string; detail: Record<string, string> };

describeWith({ name: "default-jdk-headless and maven", path: findTestServer() }, "in skipped time", (testServer) => {
  let skipping: SkippingSystem;
  let system: System;

  beforeAll(async () => {
    skipping = await startSkippingSystem(testServer);
    ({ system } = skipping);
    await seed(system);
    await ok(
      system.call("PUT", "/v1/users/mina", { locale: "en", timezone: ZONE, attributes: { first_name: "Mina" } }),
    );
  }, 180_000);

  afterAll(() => skipping.stop());

  const category = (id: string, body: Record<string, unknown>) => ok(system.call("PUT", `/v1/categories/${id}`, body));
  const post = (eventId: string, more: Record<string, unknown>) =>
    ok(system.call<Notification>("POST", "/v1/notifications", order(eventId, more)));
  const timeline = async (id: string) =>
    (await ok(system.call<{ items: Event[] }>("GET", `/v1/notifications/${id}/timeline`))).items;
  const view = (id: string) => ok(system.call<Notification>("GET", `/v1/notifications/${id}`));

  describe("an outage of a day", () => {
    // All of them at the beginning, so that each waits for as long.
    const posted = new Map<string, Notification>();
    // Mail is put off by a server that answers, and so is not taken for broken; nobody answers for the texts.
    const KINDS = ["mail", "text", "mail-24h", "text-24h"];

    beforeAll(async () => {
      await addRule(system.sandbox, { provider: "smtp" }, { status: 429 });
      await ok(system.call("POST", "/v1/users/mina/contacts", { channel: "sms", address: "+14155550123" }));
      await ok(system.call("PUT", "/v1/providers/fcm", { paused: true }));
      await category("mail", { channels: ["email"] });
      await category("text", { channels: ["sms"] });
      await category("mail-24h", { channels: ["email"], expiresAfter: "24h" });
      await category("text-24h", { channels: ["sms"], expiresAfter: "24h" });
      await category("short-lived", { channels: ["push"], expiresAfter: "5m" });
      for (const kind of [...KINDS, "short-lived"]) posted.set(kind, await post(kind, { category: kind }));
    });

    afterAll(async () => {
      await clearRules(system.sandbox);
      await ok(system.call("PUT", "/v1/providers/fcm", {}));
    });

    const ended = async (id: string) => {
      const notification = posted.get(id);
      if (notification === undefined) throw new Error(`${id} was not posted`);
      await skipping.end(notification.workflowId);
      return view(notification.id);
    };

    it("before anything was tried lets a notification expire", async () => {
      expect(await ended("short-lived")).toMatchObject({
        status: "expired",
        reason: "expired",
        deliveries: [{ status: "expired", attempts: 0 }],
      });
    });

    it.each(KINDS)("makes a dead letter of %s", { timeout: 240_000 }, async (kind) => {
      const notification = await ended(kind);
      const reason = kind.endsWith("24h") ? "expired" : "retries_exhausted";
      expect(notification).toMatchObject({ status: "failed", reason, deliveries: [{ status: "failed" }] });
      const events = await timeline(notification.id);
      const lasted = Date.parse(events.at(-1)?.at ?? "") - Date.parse(events[0]?.at ?? "");
      // The last attempt is the one after which another would come too late; who waits looks every few minutes.
      expect(lasted / HOUR).toBeGreaterThan(23.7);
      expect(lasted / HOUR).toBeLessThanOrEqual(24.2);
    });

    it("is one grouped alert for all of them, and one for the provider that is down", async () => {
      const { items: letters } = await ok(system.call<{ items: Notification[] }>("GET", "/v1/dead-letters"));
      expect(letters.map(({ eventId }) => eventId).toSorted()).toEqual(KINDS.toSorted());
      const { items } = await ok(system.call<{ items: Alert[] }>("GET", "/v1/alerts"));
      expect(items.map(({ kind, subject }) => [kind, subject]).toSorted()).toEqual([
        ["dead_letters", "shop"],
        ["provider_down", "twilio"],
      ]);
      expect(items.find(({ kind }) => kind === "dead_letters")?.count).toBe(KINDS.length);
      const raised = skipping.told().filter(({ type }) => type === "alert.raised") as { data: Alert }[];
      expect(raised.map(({ data }) => data.kind).toSorted()).toEqual(["dead_letters", "provider_down"]);
    });
  });

  describe("a notification for the next month", () => {
    it("is moved later and earlier, waits out the night and its turn, and is sent", { timeout: 240_000 }, async () => {
      const today = DateTime.fromJSDate(await skipping.now(), { zone: ZONE }).startOf("day");
      const day = (days: number, hour: number, minute = 0) => today.plus({ days }).set({ hour, minute });
      const iso = (time: DateTime) => time.toJSDate().toISOString();
      await ok(system.call("PUT", "/v1/users/mina/preferences", { quietHours: { from: "22:00", to: "08:00" } }));
      await ok(system.call("PUT", "/v1/settings", { limits: [{ max: 1, per: "2h" }] }));
      await category("news", { channels: ["email"], onLimit: "defer" });
      await category("urgent", { channels: ["email"], quietHours: "ignore" });
      const [planned, later, earlier] = [day(10, 12), day(40, 12), day(30, 23, 30)].map(iso) as [
        string,
        string,
        string,
      ];
      const night = day(31, 7);
      const { id, workflowId } = await post("news", { category: "news", sendAt: planned });
      const move = (sendAt: string) => ok(system.call("PATCH", `/v1/notifications/${id}`, { sendAt }));
      await skipping.skip(5 * DAY);
      await move(later);
      await skipping.skip(15 * DAY);
      expect(await view(id)).toMatchObject({ status: "scheduled", scheduledFor: later });
      await move(earlier);
      // Takes the only place of its two hours while the other one waits for the morning.
      const urgent = await post("urgent", { category: "urgent", sendAt: iso(night) });
      expect(await skipping.end(workflowId)).toBe("sent");

      expect((await view(urgent.id)).status).toBe("sent");
      const events = await timeline(id);
      const told = events.map(({ type, detail }) => [
        type,
        detail.until && iso(DateTime.fromISO(detail.until)),
        detail.reason,
      ]);
      const morning = iso(day(31, 8));
      const sentAfter = night.plus({ hours: 2 });
      expect(told).toEqual([
        ["accepted", undefined, undefined],
        ["scheduled", planned, undefined],
        ["rescheduled", later, undefined],
        ["scheduled", later, undefined],
        ["rescheduled", earlier, undefined],
        ["scheduled", earlier, undefined],
        ["held", morning, "quiet_hours"],
        ["held", expect.any(String), "rate_limited"],
        ["planned", undefined, undefined],
        ["attempt_opened", undefined, undefined],
        ["attempt_closed", undefined, undefined],
        ["delivery_closed", undefined, undefined],
        ["finished", undefined, undefined],
      ]);
      const at = events.map((event) => Date.parse(event.at));
      expect(at).toEqual(at.toSorted((a, b) => a - b));
      const opened = at[told.findIndex(([type]) => type === "attempt_opened")] ?? 0;
      expect(opened - sentAfter.toMillis()).toBeGreaterThanOrEqual(0);
      expect(opened - sentAfter.toMillis()).toBeLessThan(MINUTE);
      await ok(system.call("PUT", "/v1/settings", {}));
      await ok(system.call("PUT", "/v1/users/mina/preferences", {}));
    });
  });
});
