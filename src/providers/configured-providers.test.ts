import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProviderSettings } from "../config.ts";
import { createProviders } from "./configured-providers.ts";

const NONE: ProviderSettings = {
  order: { email: [], sms: [] },
  smtp: null,
  sendgrid: null,
  twilio: null,
  apns: null,
  fcm: null,
};

let directory: string;
let all: ProviderSettings;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-providers-"));
  const keyFile = join(directory, "key.p8");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
  const from = "Shop <shop@example.com>";
  all = {
    order: { email: ["smtp", "sendgrid"], sms: ["twilio"] },
    smtp: { url: "smtp://localhost", from, caFile: null },
    sendgrid: { apiKey: "SG.test", from, baseUrl: null, webhookPublicKey: null },
    twilio: { accountSid: "AC1", authToken: "t", from: "+15550001111", baseUrl: null, statusCallbackUrl: null },
    apns: { keyFile, keyId: "KEY", teamId: "TEAM", topic: null, baseUrl: null, caFile: null },
    fcm: { projectId: null, credentialsFile: null, baseUrl: "http://localhost:1", caFile: null },
  };
});

afterAll(() => rm(directory, { recursive: true }));

async function idsOf(settings: ProviderSettings): Promise<string[]> {
  const providers = createProviders(settings);
  await Promise.all(providers.map((provider) => provider.close()));
  return providers.map(({ id }) => id);
}

describe("createProviders", () => {
  it("creates a provider for each that has settings", async () => {
    expect(await idsOf(NONE)).toEqual([]);
    expect((await idsOf(all)).toSorted()).toEqual(["apns", "fcm", "sendgrid", "smtp", "twilio"]);
  });

  it.each([[["smtp", "sendgrid"]], [["sendgrid", "smtp"]], [["sendgrid"]]] satisfies [
    ProviderSettings["order"]["email"],
  ][])("keeps to the order %j, and to what it names", async (email) => {
    const ids = await idsOf({ ...all, order: { email, sms: [] } });
    expect(ids.filter((id) => id === "smtp" || id === "sendgrid")).toEqual(email);
    expect(ids).not.toContain("twilio");
  });
});
