import { describe, expect, it } from "vitest";
import { type Rule, type SandboxRequest, ruleSchema, takeRule } from "./rules.ts";

const request: SandboxRequest = { provider: "smtp", channel: "email", to: "Mina@example.com" };

function rule(id: string, match: Rule["match"], timesLeft: number | null = null): Rule {
  return { id, match, timesLeft, respond: {} };
}

describe("takeRule", () => {
  it.each([
    ["everything", {}, true],
    ["its provider", { provider: "smtp" }, true],
    ["another provider", { provider: "sendgrid" }, false],
    ["its channel", { channel: "email" }, true],
    ["another channel", { channel: "fcm" }, false],
    ["its recipient in other capitals", { to: "mina@EXAMPLE.com" }, true],
    ["a part of its recipient", { to: "mina" }, false],
    ["all three", { provider: "smtp", channel: "email", to: "mina@example.com" }, true],
    ["two of three", { provider: "smtp", channel: "email", to: "other@example.com" }, false],
  ] as const)("matches a request by %s", (_name, match, expected) => {
    expect(takeRule([rule("a", match)], request).rule !== null).toBe(expected);
  });

  it("takes the first rule that matches and is not used up", () => {
    const rules = [rule("used", {}, 0), rule("other", { channel: "fcm" }), rule("first", {}), rule("second", {})];
    expect(takeRule(rules, request).rule?.id).toBe("first");
  });

  it("counts a limited rule down until the next one has its turn", () => {
    let rules: readonly Rule[] = [rule("twice", {}, 2), rule("then", {})];
    const taken: (string | undefined)[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const step = takeRule(rules, request);
      taken.push(step.rule?.id);
      rules = step.rules;
    }
    expect(taken).toEqual(["twice", "twice", "then", "then"]);
  });

  it("leaves the rules it was given as they were", () => {
    const rules = [rule("once", {}, 1)];
    takeRule(rules, request);
    expect(rules[0]?.timesLeft).toBe(1);
  });
});

describe("ruleSchema", () => {
  it.each([
    [{ respond: { status: 503 } }],
    [{ match: { to: "a@b.test" }, times: 1, respond: {} }],
    [{ respond: { status: 429, code: "QUOTA_EXCEEDED", retryAfterSeconds: 7, delayMs: 10 } }],
    [{ respond: { drop: "after_accept", delayMs: 10 } }],
    [{ respond: { hold: "before_accept", status: 503 } }],
    [{ respond: { hold: "after_accept", drop: "after_accept" } }],
  ])("takes %j", (body) => {
    expect(ruleSchema.safeParse(body).success).toBe(true);
  });

  it.each([
    [{}],
    [{ respond: { status: 99 } }],
    [{ respond: { drop: "sometimes" } }],
    [{ respond: { drop: "before", garbled: true } }],
    [{ respond: { drop: "before", status: 500 } }],
    [{ respond: { hold: "sometimes" } }],
    [{ respond: { hold: "after_accept", drop: "before" } }],
    [{ respond: { hold: "after_accept", status: 500 } }],
    [{ respond: { code: "two words" } }],
    [{ respond: {}, times: 0 }],
    [{ respond: {}, match: { address: "typing error" } }],
    [{ respond: {}, time: 1 }],
  ])("refuses %j", (body) => {
    expect(ruleSchema.safeParse(body).success).toBe(false);
  });
});
