import { describe, expect, it } from "vitest";
import { loadConfig } from "./config.ts";
import { settingWarnings } from "./setting-warnings.ts";

const PRODUCTION = {
  TIDINGS_ENV: "production",
  DATABASE_URL: "postgres://localhost/tidings",
  TIDINGS_SECRET: "a secret of at least 32 characters",
  TIDINGS_PAYLOAD_KEYS: `test:${Buffer.alloc(32).toString("base64")}`,
  PUBLIC_URL: "https://tidings.example.com",
};
const SMTP = { SMTP_URL: "smtp://mail.example.com" };

const warningsFor = (env: Record<string, string>) => settingWarnings(loadConfig({ ...PRODUCTION, ...env }));

describe("what is accepted in production but is probably a mistake", () => {
  it.each([
    ["mail without a sender", SMTP, [/^EMAIL_FROM is not set: .* no-reply@tidings\.invalid/]],
    [
      "a stand-in without a sender",
      { SENDGRID_API_KEY: "SG.x", SENDGRID_BASE_URL: "http://mock" },
      [/^EMAIL_FROM is not set/],
    ],
    ["links that no mail may have", { PUBLIC_URL: "http://tidings.example.com" }, [/^PUBLIC_URL is not https/]],
    ["both", { ...SMTP, PUBLIC_URL: "" }, [/^EMAIL_FROM/, /^PUBLIC_URL/]],
    ["no mail", {}, []],
    ["mail with a sender", { ...SMTP, EMAIL_FROM: "Shop <shop@example.com>" }, []],
    ["development", { ...SMTP, PUBLIC_URL: "", TIDINGS_ENV: "development" }, []],
  ])("is warned of: %s", (_name, env, expected) => {
    expect(warningsFor(env)).toEqual(expected.map((pattern) => expect.stringMatching(pattern) as string));
  });
});
