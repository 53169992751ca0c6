import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ConfigError, loadConfig } from "./config.ts";
import { tellingProviders } from "./provider-settings.ts";
import { parseSender } from "./providers/email-envelope.ts";

const BASE = {
  DATABASE_URL: "postgres://u:p@127.0.0.1:1/t",
  TIDINGS_SECRET: "s".repeat(32),
  TIDINGS_PAYLOAD_KEYS: `test:${Buffer.alloc(32).toString("base64")}`,
  TEMPORAL_CONFIG_FILE: "/nonexistent",
};
const SMTP = { SMTP_URL: "smtp://mail.example", EMAIL_FROM: "Shop <shop@example.com>" };
const SENDGRID = { SENDGRID_API_KEY: "SG.x", EMAIL_FROM: "Shop <shop@example.com>" };
const MAILCHIMP = { MAILCHIMP_API_KEY: "md-x", EMAIL_FROM: "Shop <shop@example.com>" };
const VONAGE = { VONAGE_API_KEY: "abcd1234", VONAGE_API_SECRET: "s", VONAGE_FROM: "+15005550006" };
const TWILIO = { TWILIO_ACCOUNT_SID: "AC0123", TWILIO_AUTH_TOKEN: "t", TWILIO_FROM: "+15005550006" };
const APNS = { APNS_KEY_FILE: "/key.p8", APNS_KEY_ID: "KEY", APNS_TEAM_ID: "TEAM" };

function providers(env: NodeJS.ProcessEnv) {
  return loadConfig({ ...BASE, ...env }).providers;
}

function problem(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig({ ...BASE, ...env });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  return expect.fail("The configuration was taken.");
}

describe("providers", () => {
  it("are off without settings", () => {
    expect(providers({})).toEqual({
      order: { email: [], sms: [] },
      smtp: null,
      sendgrid: null,
      mailchimp: null,
      twilio: null,
      vonage: null,
      apns: null,
      fcm: null,
    });
  });

  it("have the settings that are given, and null for the others", () => {
    expect(providers({ ...SENDGRID, ...TWILIO, ...APNS, APNS_TOPIC: "com.example.app" })).toMatchObject({
      sendgrid: { apiKey: "SG.x", from: "Shop <shop@example.com>", baseUrl: null, webhookPublicKey: null },
      twilio: { accountSid: "AC0123", authToken: "t", from: "+15005550006", baseUrl: null, statusCallbackUrl: null },
      apns: { keyFile: "/key.p8", keyId: "KEY", teamId: "TEAM", topic: "com.example.app", baseUrl: null, caFile: null },
    });
  });

  it("have those of Vonage and Mailchimp as well", () => {
    const secrets = { VONAGE_SIGNATURE_SECRET: "sign", MAILCHIMP_WEBHOOK_KEY: "hook" };
    expect(providers({ ...VONAGE, ...MAILCHIMP, ...secrets })).toMatchObject({
      vonage: { apiKey: "abcd1234", apiSecret: "s", from: "+15005550006", baseUrl: null, signatureSecret: "sign" },
      mailchimp: { apiKey: "md-x", from: "Shop <shop@example.com>", baseUrl: null, webhookKey: "hook" },
    });
  });

  it.each([
    [{ ...SMTP, ...SENDGRID, ...MAILCHIMP }, ["smtp", "sendgrid", "mailchimp"]],
    [{ ...SMTP, ...SENDGRID, ...MAILCHIMP, EMAIL_PROVIDERS: "mailchimp,smtp" }, ["mailchimp", "smtp"]],
    [{ ...SMTP, ...SENDGRID }, ["smtp", "sendgrid"]],
    [{ ...SENDGRID }, ["sendgrid"]],
    [{ ...SMTP, ...SENDGRID, EMAIL_PROVIDERS: "sendgrid, smtp" }, ["sendgrid", "smtp"]],
    [{ ...SMTP, ...SENDGRID, EMAIL_PROVIDERS: "sendgrid" }, ["sendgrid"]],
  ])("are tried in the order that is given: %j", (env, order) => {
    expect(providers(env).order.email).toEqual(order);
  });

  it.each([
    [{ TWILIO_ACCOUNT_SID: "AC0123" }, ["TWILIO_AUTH_TOKEN: is required when", "TWILIO_FROM: is required when"]],
    [{ TWILIO_BASE_URL: "http://mock" }, ["TWILIO_ACCOUNT_SID: is required when TWILIO_BASE_URL is set"]],
    [{ ...APNS, APNS_KEY_ID: "" }, ["APNS_KEY_ID: is required when APNS_KEY_FILE is set"]],
    [{ SENDGRID_BASE_URL: "http://mock" }, ["SENDGRID_API_KEY: is required when"]],
    [{ SENDGRID_API_KEY: "SG.x" }, ["EMAIL_FROM: is required"]],
    [{ MAILCHIMP_API_KEY: "md-x" }, ["EMAIL_FROM: is required when MAILCHIMP_API_KEY is set"]],
    [{ MAILCHIMP_WEBHOOK_KEY: "hook" }, ["MAILCHIMP_API_KEY: is required when MAILCHIMP_WEBHOOK_KEY is set"]],
    [{ VONAGE_API_KEY: "k" }, ["VONAGE_API_SECRET: is required when", "VONAGE_FROM: is required when"]],
    [{ ...VONAGE, VONAGE_FROM: "A name that is too long" }, ["VONAGE_FROM: must be"]],
    [{ ...TWILIO, SMS_PROVIDERS: "twilio,vonage" }, ["SMS_PROVIDERS: names providers that are not configured: vonage"]],
    [
      { ...SMTP, EMAIL_PROVIDERS: "smtp,sendgrid" },
      ["EMAIL_PROVIDERS: names providers that are not configured: sendgrid"],
    ],
    [{ SMS_PROVIDERS: "twilio" }, ["SMS_PROVIDERS: names providers that are not configured: twilio"]],
    [{ ...SMTP, EMAIL_PROVIDERS: "smtp,smtp" }, ["EMAIL_PROVIDERS: must not name a provider twice"]],
    [{ ...SMTP, EMAIL_PROVIDERS: "mailgun" }, ["EMAIL_PROVIDERS"]],
    [{ ...TWILIO, TWILIO_ACCOUNT_SID: "SK1" }, ["TWILIO_ACCOUNT_SID: must be the account's SID"]],
    [{ ...TWILIO, TWILIO_FROM: "A name that is too long" }, ["TWILIO_FROM: must be"]],
    [{ ...TWILIO, TWILIO_FROM: "+0123" }, ["TWILIO_FROM: must be"]],
  ])("say in one sentence what is wrong: %j", (env, parts) => {
    const message = problem(env);
    for (const part of parts) expect(message).toContain(part);
    expect(message).not.toContain("\n");
  });

  it.each(["+15005550006", "Tidings", "Shop & Co", "12345", `MG${"0".repeat(32)}`])("take the sender %s", (from) => {
    expect(providers({ ...TWILIO, TWILIO_FROM: from }).twilio?.from).toBe(from);
  });

  it.each([
    [{ ...TWILIO, ...VONAGE }, ["twilio", "vonage"]],
    [{ ...TWILIO, ...VONAGE, SMS_PROVIDERS: "vonage, twilio" }, ["vonage", "twilio"]],
    [VONAGE, ["vonage"]],
  ])("of texts are tried in the order that is given: %j", (env, order) => {
    expect(providers(env).order.sms).toEqual(order);
  });

  it.each(["+15005550006", "15005550006", "Tidings"])("take the sender %s of Vonage", (from) => {
    expect(providers({ ...VONAGE, VONAGE_FROM: from }).vonage?.from).toBe(from);
  });

  it("need no verified sender for a stand-in of SendGrid, which is given one of the form that it may ask for", () => {
    const env = { SENDGRID_API_KEY: "SG.x", SENDGRID_BASE_URL: "http://mock" };
    expect(providers(env).sendgrid).toMatchObject({ baseUrl: "http://mock" });
    const { address } = parseSender(providers(env).sendgrid?.from ?? "");
    expect(z.email().safeParse(address).success).toBe(true);
  });

  it("need one for another region of SendGrid itself", () => {
    const env = { SENDGRID_API_KEY: "SG.x", SENDGRID_BASE_URL: "https://api.eu.sendgrid.com" };
    expect(problem(env)).toContain("EMAIL_FROM: is required");
  });
});

describe("base URLs", () => {
  it("may have a path where the SDK can put its own behind it", () => {
    const env = {
      ...TWILIO,
      TWILIO_BASE_URL: "http://mock:8080/twilio/",
      ...SENDGRID,
      SENDGRID_BASE_URL: "http://m/s",
    };
    expect(providers(env)).toMatchObject({
      twilio: { baseUrl: "http://mock:8080/twilio" },
      sendgrid: { baseUrl: "http://m/s" },
    });
    expect(providers({ ...APNS, APNS_BASE_URL: "https://mock:8443/" }).apns?.baseUrl).toBe("https://mock:8443");
  });

  it.each([
    ["APNS_BASE_URL", "https://mock/apns", "must be a URL without path, query or password"],
    ["FCM_BASE_URL", "https://mock/fcm", "must be a URL without path, query or password"],
    ["TWILIO_BASE_URL", "http://mock/?a=b", "must be a URL without query or password"],
    ["SENDGRID_BASE_URL", "http://user:password@mock", "must be a URL without query or password"],
    ["TWILIO_BASE_URL", "http://mock/2010-04-01/", "must be given without /2010-04-01, which is added"],
    ["SENDGRID_BASE_URL", "https://api.eu.sendgrid.com/v3", "must be given without /v3, which is added"],
    ["TWILIO_BASE_URL", "http://api.dublin.ie1.twilio.com", "must be https"],
    ["SENDGRID_BASE_URL", "http://api.sendgrid.com", "must be https"],
    ["VONAGE_BASE_URL", "https://rest.nexmo.com/sms", "must be given without /sms, which is added"],
    ["MAILCHIMP_BASE_URL", "https://mandrillapp.com/api/1.3/", "must be given without /api/1.3, which is added"],
    ["VONAGE_BASE_URL", "http://rest.nexmo.com", "must be https"],
    ["MAILCHIMP_BASE_URL", "http://mandrillapp.com", "must be https"],
    ["TWILIO_BASE_URL", "mock", "Invalid URL"],
    ["TWILIO_BASE_URL", "ftp://mock", "Invalid URL"],
  ])("refuse what would be lost: %s=%s", (variable, value, sentence) => {
    expect(problem({ ...APNS, ...TWILIO, ...VONAGE, ...SENDGRID, ...MAILCHIMP, [variable]: value })).toContain(
      `${variable}: ${sentence}`,
    );
  });
});

describe("the public URL", () => {
  it("is a guess where none is given, and then nobody is told to call it", () => {
    const { http, providers } = loadConfig({ ...BASE, ...TWILIO });
    expect(http).toMatchObject({ publicUrl: "http://127.0.0.1:3000", givenPublicUrl: null });
    expect(providers.twilio?.statusCallbackUrl).toBeNull();
  });

  it.each([
    ["https://tidings.example/", {}, "https://tidings.example/webhooks/twilio"],
    ["https://example.com/tidings", {}, "https://example.com/tidings/webhooks/twilio"],
    // Twilio refuses messages that name an address it cannot reach.
    ["http://localhost:3000", {}, null],
    ["http://127.0.0.1:3000", {}, null],
    ["http://[::1]:3000", {}, null],
    ["http://127.0.0.1:3000", { TWILIO_BASE_URL: "http://127.0.0.1:1" }, "http://127.0.0.1:3000/webhooks/twilio"],
  ])("%s with %j is where Twilio tells what became of a message: %s", (PUBLIC_URL, env, expected) => {
    expect(providers({ ...TWILIO, ...env, PUBLIC_URL }).twilio?.statusCallbackUrl).toBe(expected);
  });
});

describe("the countries that SMS may go to, as long as the settings do not say", () => {
  it("are all in development and none in production", () => {
    expect(loadConfig(BASE).smsCountriesByDefault).toBeNull();
    expect(loadConfig({ ...BASE, TIDINGS_ENV: "production" }).smsCountriesByDefault).toEqual([]);
  });
});

describe("providers that should tell what becomes of messages", () => {
  const PUBLIC_URL = "https://tidings.example";
  const KEYS = { SENDGRID_WEBHOOK_PUBLIC_KEY: "MFkw", MAILCHIMP_WEBHOOK_KEY: "k", VONAGE_SIGNATURE_SECRET: "s" };
  const all = { ...TWILIO, ...VONAGE, ...SENDGRID, ...MAILCHIMP };

  it.each([
    ["with their keys", { ...all, ...KEYS, PUBLIC_URL }, ["twilio", "vonage", "sendgrid", "mailchimp"]],
    ["without keys, of which Twilio has one anyway", { ...all, PUBLIC_URL }, ["twilio"]],
    ["that know of no address", { ...TWILIO, ...VONAGE, VONAGE_SIGNATURE_SECRET: "s" }, []],
    ["that a stand-in stands in for", { ...TWILIO, PUBLIC_URL, TWILIO_BASE_URL: "http://127.0.0.1:1" }, []],
  ])("are those %s", (_, env, expected) => {
    expect(tellingProviders(providers(env))).toEqual(expected);
  });
});
