import { describe, expect, it } from "vitest";
import { errorOfReply } from "./smtp-status.ts";
import { errorOfTwilio } from "./twilio-status.ts";
import { ProviderError } from "./provider.ts";

// Whom an answer is about decides whether another provider is asked.

describe("an SMTP reply is about", () => {
  it.each([
    ["the message", 550, "550 5.1.1 no such user", "message", "message"],
    ["the message", 552, "552 5.3.4 too large", "message", "message"],
    ["the message", 452, "452 4.2.2 mailbox full", "message", "message"],
    ["the message", 450, "450 mailbox busy", "message", "message"],
    ["this provider", 554, "554 5.7.1 blocked", "message", "provider"],
    ["this provider", 554, "554 no reason", "message", "provider"],
    ["this provider", 451, "451 4.1.8 sender's domain", "sender", "provider"],
    ["this provider", 451, "451 4.3.0 local error", "message", "provider"],
    ["this provider", 535, "535 5.7.8 login", "session", "provider"],
  ] as const)("%s: %d, %s", (_, code, reply, stage, fault) => {
    expect(errorOfReply(code, reply, stage).fault).toBe(fault);
  });
});

describe("a code of Twilio is about", () => {
  it.each([
    ["the message", 21211, "message"],
    ["the message", 30003, "message"],
    ["what is off on purpose", 21408, "message"],
    ["a filter", 30007, "message"],
    ["this provider", 21612, "provider"],
    ["this provider", 20003, "provider"],
    ["this provider, where it is not known", 29999, "provider"],
  ])("%s: %d", (_, code, fault) => {
    expect(errorOfTwilio({ code }, { status: 400, retryAfter: null }, true, new Date()).fault).toBe(fault);
  });
});

describe("without a word about it", () => {
  it.each([
    ["permanent", "message"],
    ["throttled", "provider"],
    ["transient", "provider"],
    ["ambiguous", "provider"],
  ] as const)("what is %s is about the %s", (kind, fault) => {
    expect(new ProviderError(kind, { code: "x" }).fault).toBe(fault);
  });
});
