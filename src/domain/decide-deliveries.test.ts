import { describe, expect, it } from "vitest";
import {
  type ContactFacts,
  decideDeliveries,
  type DecisionFacts,
  isOptedOut,
  reachableChannels,
} from "./decide-deliveries.ts";

const contact = (id: string, channel: ContactFacts["channel"], more: Partial<ContactFacts> = {}): ContactFacts => ({
  id,
  channel,
  primary: false,
  active: true,
  suppressed: false,
  country: channel === "sms" ? "KR" : null,
  registeredAt: new Date("2026-01-01T00:00:00Z"),
  ...more,
});

const facts = (more: Partial<DecisionFacts> = {}): DecisionFacts => ({
  category: { id: "orders", channels: ["push", "sms", "email"], mandatory: false },
  requestedChannels: null,
  templateKinds: new Set(["push", "sms", "email"]),
  contacts: [contact("iphone", "apns"), contact("android", "fcm"), contact("phone", "sms"), contact("mail", "email")],
  allContacts: false,
  smsCountries: null,
  preferences: { all: true, categories: {} },
  ...more,
});

describe("deciding who gets what", () => {
  it("sends to every device, one phone and one mailbox, in the category's order", () => {
    expect(decideDeliveries(facts())).toEqual([
      { send: true, channel: "apns", contactId: "iphone" },
      { send: true, channel: "fcm", contactId: "android" },
      { send: true, channel: "sms", contactId: "phone" },
      { send: true, channel: "email", contactId: "mail" },
    ]);
  });

  it("prefers the primary mailbox, and else the newest", () => {
    const older = contact("older", "email", { primary: true });
    const newer = contact("newer", "email", { registeredAt: new Date("2026-06-01T00:00:00Z") });
    const to = (contacts: ContactFacts[]) => decideDeliveries(facts({ contacts, requestedChannels: ["email"] }));
    expect(to([older, newer])).toEqual([{ send: true, channel: "email", contactId: "older" }]);
    expect(to([{ ...older, primary: false }, newer])).toEqual([{ send: true, channel: "email", contactId: "newer" }]);
  });

  it("keeps SMS to the countries that are allowed, mandatory or not", () => {
    const to = (country: string | null, more: Partial<DecisionFacts>) =>
      decideDeliveries(
        facts({ contacts: [contact("phone", "sms", { country })], requestedChannels: ["sms"], ...more }),
      );
    const sent = [{ send: true, channel: "sms", contactId: "phone" }];
    const refused = [{ send: false, channel: "sms", reason: "country_not_allowed" }];
    const mandatory = { id: "orders", channels: ["sms"] as const, mandatory: true };
    expect(to("KR", { smsCountries: null })).toEqual(sent);
    expect(to(null, { smsCountries: null })).toEqual(sent);
    expect(to("KR", { smsCountries: ["DE", "KR"] })).toEqual(sent);
    expect(to("KR", { smsCountries: ["DE"] })).toEqual(refused);
    expect(to(null, { smsCountries: ["DE"] })).toEqual(refused);
    expect(to("KR", { smsCountries: [], category: mandatory })).toEqual(refused);
    expect(decideDeliveries(facts({ smsCountries: [] })).map(({ send }) => send)).toEqual([true, true, false, true]);
  });

  it("names the reason of a channel that gets nothing", () => {
    const decisions = decideDeliveries(
      facts({
        contacts: [contact("phone", "sms", { suppressed: true }), contact("mail", "email")],
        preferences: { all: true, categories: { orders: { email: false } } },
      }),
    );
    expect(decisions).toEqual([
      { send: false, channel: "push", reason: "no_contact" },
      { send: false, channel: "sms", reason: "suppressed" },
      { send: false, channel: "email", reason: "opted_out" },
    ]);
  });

  it("leaves out one device that must not be sent to, and sends to the others", () => {
    const contacts = [
      contact("dead", "fcm", { suppressed: true }),
      contact("gone", "fcm", { active: false }),
      contact("alive", "fcm"),
    ];
    expect(decideDeliveries(facts({ contacts, requestedChannels: ["push"] }))).toEqual([
      { send: true, channel: "fcm", contactId: "alive" },
    ]);
  });

  it("lets mandatory categories pass over switches, but not over a suppression", () => {
    const decisions = decideDeliveries(
      facts({
        category: { id: "security", channels: ["sms", "email"], mandatory: true },
        contacts: [contact("phone", "sms"), contact("mail", "email", { suppressed: true })],
        preferences: { all: false, categories: { security: { sms: false } } },
      }),
    );
    expect(decisions).toEqual([
      { send: true, channel: "sms", contactId: "phone" },
      { send: false, channel: "email", reason: "suppressed" },
    ]);
  });

  it("says so where the template has no text for a channel", () => {
    const decisions = decideDeliveries(
      facts({ templateKinds: new Set(["email"]), requestedChannels: ["sms", "email"] }),
    );
    expect(decisions).toEqual([
      { send: false, channel: "sms", reason: "no_template" },
      { send: true, channel: "email", contactId: "mail" },
    ]);
  });
});

describe("the channels that a request can reach", () => {
  it("are the category's, narrowed by the request", () => {
    expect(reachableChannels(["push", "email"], ["fcm", "sms"])).toEqual([{ word: "fcm", channels: ["fcm"] }]);
    expect(reachableChannels(["fcm"], ["push"])).toEqual([{ word: "fcm", channels: ["fcm"] }]);
    expect(reachableChannels(["email"], ["sms"])).toEqual([]);
  });

  it("hold each channel once", () => {
    expect(reachableChannels(["fcm", "push", "apns"], null)).toEqual([
      { word: "fcm", channels: ["fcm"] },
      { word: "apns", channels: ["apns"] },
    ]);
  });
});

describe("a user's switches", () => {
  it("turn off both kinds of phone by `push`, and one by its own name", () => {
    const off = (word: string) => ({ all: true, categories: { orders: { [word]: false } } });
    expect(isOptedOut(off("push"), "orders", "apns")).toBe(true);
    expect(isOptedOut(off("fcm"), "orders", "apns")).toBe(false);
    expect(isOptedOut(off("push"), "other", "apns")).toBe(false);
    expect(isOptedOut({ all: false, categories: { orders: { push: true } } }, "orders", "apns")).toBe(true);
  });
});
