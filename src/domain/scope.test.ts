import { describe, expect, it } from "vitest";
import { grants, type Scope, SCOPES, scopeSchema } from "./scope.ts";

describe("grants", () => {
  it.each<[string, Scope[]]>([
    ["admin", [...SCOPES]],
    ["manage", ["metrics", "read", "manage"]],
    ["read", ["metrics", "read"]],
    ["metrics", ["metrics"]],
    ["send", SCOPES.filter((scope) => scope.startsWith("send"))],
    ["send:push", ["send:push", "send:apns", "send:fcm"]],
    ["send:apns", ["send:apns"]],
    ["send:sms", ["send:sms"]],
    ["administrator", []],
    ["", []],
  ])("lets %j do exactly what it covers", (scope, expected) => {
    expect(SCOPES.filter((needed) => grants([scope], needed))).toEqual(expected);
  });

  it("lets nothing be done without a scope", () => {
    expect(SCOPES.filter((needed) => grants([], needed))).toEqual([]);
  });
});

describe("scopeSchema", () => {
  it("knows the scopes and no other", () => {
    expect(SCOPES.every((scope) => scopeSchema.safeParse(scope).success)).toBe(true);
    expect(scopeSchema.safeParse("send:pigeon").success).toBe(false);
  });
});
