import { describe, expect, it } from "vitest";
import { loadConfig } from "../config.ts";
import { createWebhooks, WEBHOOK_PROVIDERS } from "./configured-webhooks.ts";

const BASE = {
  DATABASE_URL: "postgres://u:p@127.0.0.1:1/t",
  TIDINGS_SECRET: "s".repeat(32),
  TIDINGS_PAYLOAD_KEYS: `test:${Buffer.alloc(32).toString("base64")}`,
  TEMPORAL_CONFIG_FILE: "/nonexistent",
};

function answersOf(env: Record<string, string>): Record<string, unknown> {
  const webhooks = createWebhooks(loadConfig({ ...BASE, ...env }).providers, "https://tidings.example");
  const request = { url: "/", headers: {}, body: Buffer.alloc(0), now: new Date() };
  return Object.fromEntries(WEBHOOK_PROVIDERS.map((id) => [id, webhooks[id].read(request)]));
}

describe("createWebhooks", () => {
  it("believes nobody whose key was not given", () => {
    const off = { refused: "not_configured" };
    expect(answersOf({})).toEqual({ twilio: off, vonage: off, sendgrid: off, mailchimp: off });
  });

  it("checks signatures with the keys of the settings", () => {
    const env = {
      ...{ VONAGE_API_KEY: "k", VONAGE_API_SECRET: "s", VONAGE_FROM: "Shop", VONAGE_SIGNATURE_SECRET: "sign" },
      ...{ MAILCHIMP_API_KEY: "k", MAILCHIMP_WEBHOOK_KEY: "hook", EMAIL_FROM: "shop@example.com" },
      ...{ TWILIO_ACCOUNT_SID: "AC1", TWILIO_AUTH_TOKEN: "t", TWILIO_FROM: "Shop" },
    };
    const unsigned = { refused: "unsigned" };
    expect(answersOf(env)).toMatchObject({ twilio: unsigned, vonage: unsigned, mailchimp: unsigned });
  });
});
