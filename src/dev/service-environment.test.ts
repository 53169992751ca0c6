import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../config.ts";
import { serviceEnvironment } from "./service-environment.ts";
import { readStack } from "./stack.ts";

const stack = readStack(fileURLToPath(new URL("../../temporal-dev.yml", import.meta.url)));
const ports = {
  ...{ api: 1, sandbox: 2, smtp: 3, fcm: 4, postgres: 5, temporal: 6, temporalUi: 7 },
  ...{ apns: 8, twilio: 9, sendgrid: 10, vonage: 11, mailchimp: 12 },
};
const embeddedTemporal = { address: "127.0.0.1:6", uiUrl: "http://127.0.0.1:7" };

function environmentOf(environment: NodeJS.ProcessEnv, temporal: typeof embeddedTemporal | null = embeddedTemporal) {
  return serviceEnvironment({
    environment: { TIDINGS_SECRET: "s".repeat(32), ...environment },
    stack,
    ports,
    databaseUrl: "postgres://u:p@127.0.0.1:5/tidings",
    embeddedTemporal: temporal,
    sandboxDirectory: "/sandbox",
  });
}

describe("serviceEnvironment", () => {
  it("is a configuration that the services accept", () => {
    const config = loadConfig(environmentOf({}));
    expect(config.http.port).toBe(1);
    expect(config.temporal).toMatchObject({ connection: { address: "127.0.0.1:6" }, namespace: "default" });
    expect(config.providers.smtp?.url).toBe("smtp://127.0.0.1:3");
    expect(config.providers.fcm).toMatchObject({ baseUrl: "https://127.0.0.1:4", caFile: "/sandbox/ca.pem" });
  });

  it("lets every channel reach the sandbox", () => {
    const { apns, twilio, vonage, sendgrid, mailchimp, order } = loadConfig(environmentOf({})).providers;
    expect(apns).toMatchObject({ baseUrl: "https://127.0.0.1:8", keyFile: "/sandbox/apns-key.p8" });
    expect(twilio?.baseUrl).toBe("http://127.0.0.1:9");
    expect(sendgrid?.baseUrl).toBe("http://127.0.0.1:10");
    expect(vonage?.baseUrl).toBe("http://127.0.0.1:11");
    expect(mailchimp?.baseUrl).toBe("http://127.0.0.1:12");
    expect(order).toEqual({ email: ["smtp", "sendgrid", "mailchimp"], sms: ["twilio", "vonage"] });
  });

  it.each([
    ["sendgrid", "email", { SENDGRID_API_KEY: "SG.real", EMAIL_FROM: "me@example.com" }],
    ["mailchimp", "email", { MAILCHIMP_API_KEY: "md-real", EMAIL_FROM: "me@example.com" }],
    ["vonage", "sms", { VONAGE_API_KEY: "real", VONAGE_API_SECRET: "secret", VONAGE_FROM: "Me" }],
  ] as const)("never puts the sandbox beside %s of one's own", (id, channel, own) => {
    const { providers } = loadConfig(environmentOf(own));
    expect(providers.order[channel]).toEqual([id]);
    expect(providers[id]?.baseUrl).toBeNull();
  });

  it("leaves a provider alone that has a setting of its own", () => {
    const config = loadConfig(environmentOf({ SMTP_URL: "smtps://mail.example", EMAIL_FROM: "me@example.com" }));
    expect(config.providers.smtp).toMatchObject({ url: "smtps://mail.example", from: "me@example.com" });
    expect(config.providers.fcm?.baseUrl).toBe("https://127.0.0.1:4");
    const fcm = loadConfig(environmentOf({ FCM_CREDENTIALS_FILE: "/key.json" })).providers.fcm;
    expect(fcm).toMatchObject({ credentialsFile: "/key.json", baseUrl: null, caFile: null });
  });

  it("keeps settings for another Temporal away from the embedded one, and leaves them where it is meant", () => {
    const own = { TEMPORAL_ADDRESS: "cloud:7233", TEMPORAL_NAMESPACE: "ours", TEMPORAL_API_KEY: "k" };
    expect(environmentOf(own)).not.toHaveProperty("TEMPORAL_API_KEY");
    expect(environmentOf(own, null)).toMatchObject(own);
  });
});
