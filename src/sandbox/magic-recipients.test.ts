import { describe, expect, it } from "vitest";
import { magicResponse } from "./magic-recipients.ts";
import { respondSchema } from "./rules.ts";

describe("magicResponse", () => {
  it.each([
    ["smtp", "email", "bounce@sandbox.test"],
    ["sendgrid", "email", "Bounce@Sandbox.test"],
    ["smtp", "email", "slow@sandbox.test"],
    ["sendgrid", "email", "slow@sandbox.test"],
    ["fcm", "fcm", "x:dead0410"],
    ["apns", "apns", "ABDEAD0429"],
    ["twilio", "sms", "+15005550009"],
    ["vonage", "sms", "+15005550009"],
    ["mailchimp", "email", "bounce@sandbox.test"],
  ] as const)("%s on %s knows %s, and answers what a rule could", (provider, channel, to) => {
    expect(respondSchema.safeParse(magicResponse({ provider, channel, to })).success).toBe(true);
  });

  it.each([
    ["smtp", "email", "mina@example.com"],
    ["somebody", "email", "bounce@sandbox.test"],
    ["apns", "apns", "dead0410ab"],
    ["twilio", "sms", "+15005550006"],
    ["somebody", "sms", "+15005550009"],
  ] as const)("%s on %s treats %s as everybody", (provider, channel, to) => {
    expect(magicResponse({ provider, channel, to })).toBeNull();
  });
});
