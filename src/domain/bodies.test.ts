import { describe, expect, it } from "vitest";
import { categoryBodySchema, categoryIdSchema } from "./category.ts";
import { instantSchema, notificationBodySchema } from "./notification-body.ts";
import { preferencesBodySchema } from "./preferences.ts";
import { userBodySchema, userIdSchema } from "./user.ts";

describe("userIdSchema", () => {
  it.each(["u1", "ä/ö", "a b", "日".repeat(66)])("takes %s", (id) =>
    expect(userIdSchema.safeParse(id).success).toBe(true),
  );
  it.each(["", "a\n", "a\0", "\u0085", "\ud800", "日".repeat(67)])("refuses %j", (id) =>
    expect(userIdSchema.safeParse(id).success).toBe(false),
  );
});

describe("userBodySchema", () => {
  it("clears what is left out", () => {
    expect(userBodySchema.parse({})).toEqual({ locale: null, timezone: null, attributes: {} });
  });

  it("spells the locale canonically", () => {
    expect(userBodySchema.parse({ locale: "KO-kr", timezone: null })).toMatchObject({ locale: "ko-KR" });
  });

  it.each([{ attributes: { a: "x".repeat(40_000) } }, { attributes: [] }, { locale: "korean" }, { name: "Mina" }])(
    "refuses %j",
    (body) => expect(userBodySchema.safeParse(body).success).toBe(false),
  );
});

describe("instantSchema", () => {
  it.each([
    ["2027-01-31T09:00:00+01:00", "2027-01-31T08:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ])("takes %s as %s", (text, instant) => expect(instantSchema.parse(text)).toBe(instant));

  // In UTC these are years that PostgreSQL reads in another way, or not at all.
  it.each(["9999-12-31T23:59:59-05:00", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+05:00", "2026-02-30T00:00:00Z"])(
    "refuses %s with one sentence",
    (text) => expect(instantSchema.safeParse(text).error?.issues).toHaveLength(1),
  );
});

describe("notificationBodySchema", () => {
  const recipientOf = (to: unknown) => notificationBodySchema.safeParse({ to, category: "c", template: "t" });

  it.each([
    [{ phone: "010-1234" }, "phone", "must be a phone number with its country code, such as +821012345678"],
    [{ email: "nope" }, "email", "must be an email address such as mina@example.com"],
    [{ deviceToken: "zz", channel: "apns" }, "deviceToken", "must be a device token in hexadecimal"],
    [
      { deviceToken: "a b", channel: "fcm" },
      "deviceToken",
      "must be a registration token: 1 to 2000 visible ASCII characters",
    ],
  ])("says of the recipient %j what is wrong with its address", (to, field, message) => {
    expect(recipientOf(to).error?.issues).toMatchObject([{ path: ["to", field], message }]);
  });

  it.each([[{}], [{ deviceToken: "zz" }], [{ email: 1 }], [null]])("names the forms of a recipient for %j", (to) => {
    const message = "must be {userId}, {email}, {phone} or {deviceToken, channel}";
    expect(recipientOf(to).error?.issues).toMatchObject([{ path: ["to"], message }]);
  });

  it("spells the address as it is kept", () => {
    expect(recipientOf({ email: "Mina@EXAMPLE.com" }).data?.to).toEqual({ email: "Mina@example.com" });
  });
});

describe("categoryBodySchema", () => {
  it("takes defaults for what is left out", () => {
    expect(categoryBodySchema.parse({ channels: ["push", "sms"] })).toEqual({
      channels: ["push", "sms"],
      mandatory: false,
      guarantee: "at_least_once",
      priority: "normal",
      expiresAfter: null,
      limits: [],
      onLimit: "drop",
      quietHours: "hold",
      dedupWithin: null,
      tracking: { opens: false, clicks: false },
    });
  });

  it.each([
    { limits: [{ max: 5, per: "1h" }] },
    {
      limits: [
        { max: 5, per: "1h" },
        { max: 1, per: "1h", channel: "sms" },
      ],
      onLimit: "defer",
    },
    { quietHours: "ignore" },
    { quietHours: { from: "18:00", to: "09:00", days: ["fri", "sat"] } },
    { dedupWithin: "10m" },
  ])("takes the rules %j", (rules) =>
    expect(categoryBodySchema.safeParse({ channels: ["sms"], ...rules }).success).toBe(true),
  );

  it.each([
    {},
    { channels: [] },
    { channels: ["pigeon"] },
    { channels: ["sms", "sms"] },
    { channels: ["sms"], expiresAfter: "1 hour" },
    { channels: ["sms"], limits: [{ max: 0, per: "1h" }] },
    { channels: ["sms"], limits: [{ max: 5, per: "32d" }] },
    {
      channels: ["sms"],
      limits: [
        { max: 5, per: "60m" },
        { max: 9, per: "1h" },
      ],
    },
    { channels: ["sms"], onLimit: "ask" },
    { channels: ["sms"], quietHours: { from: "22:00", to: "22:00" } },
    { channels: ["sms"], quietHours: { from: "22:00", to: "25:00" } },
    { channels: ["sms"], quietHours: { from: "22:00", to: "08:00", days: [] } },
    { channels: ["sms"], dedupWithin: "soon" },
    { channels: ["sms"], guarantee: "exactly_once" },
  ])("refuses %j", (body) => expect(categoryBodySchema.safeParse(body).success).toBe(false));

  it.each(["", "a b", ".hidden", "a".repeat(129), "a/b", "constructor", "prototype"])("refuses the id %j", (id) =>
    expect(categoryIdSchema.safeParse(id).success).toBe(false),
  );
});

describe("preferencesBodySchema", () => {
  it("takes what a user may choose", () => {
    const body = {
      all: true,
      quietHours: { from: "22:00", to: "08:00" },
      categories: { marketing: { email: false, push: false }, orders: {} },
    };
    expect(preferencesBodySchema.parse(body)).toEqual(body);
    expect(preferencesBodySchema.parse({})).toEqual({ all: true, quietHours: null, categories: {} });
  });

  it.each([
    { quietHours: { from: "24:00", to: "08:00" } },
    { quietHours: { from: "08:00", to: "08:00" } },
    { quietHours: { from: "22:00" } },
    { categories: { marketing: { fax: true } } },
    { categories: { marketing: { email: "off" } } },
    { categories: { "a b": {} } },
    { all: "yes" },
  ])("refuses %j", (body) => expect(preferencesBodySchema.safeParse(body).success).toBe(false));
});
