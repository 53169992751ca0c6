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
  mailchimp: null,
  twilio: null,
  vonage: null,
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
    order: { email: ["smtp", "sendgrid", "mailchimp"], sms: ["twilio", "vonage"] },
    smtp: { url: "smtp://localhost", from, caFile: null },
    sendgrid: { apiKey: "SG.test", from, baseUrl: null, webhookPublicKey: null },
    mailchimp: { apiKey: "md-test", from, baseUrl: null, webhookKey: null },
    vonage: {
      apiKey: "key",
      apiSecret: "s",
      from: "Shop",
      baseUrl: null,
      statusCallbackUrl: null,
      signatureSecret: null,
    },
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
    expect((await idsOf(all)).toSorted()).toEqual(["apns", "fcm", "mailchimp", "sendgrid", "smtp", "twilio", "vonage"]);
  });

  it.each([
    [["smtp", "sendgrid"], []],
    [
      ["mailchimp", "sendgrid", "smtp"],
      ["vonage", "twilio"],
    ],
    [["sendgrid"], ["vonage"]],
  ] satisfies [ProviderSettings["order"]["email"], ProviderSettings["order"]["sms"]][])(
    "keeps to the orders %j and %j, and to what they name",
    async (email, sms) => {
      expect(await idsOf({ ...all, order: { email, sms } })).toEqual(["apns", "fcm", ...sms, ...email]);
    },
  );
});
