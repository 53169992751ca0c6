import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createUnsubscribeTokens } from "./unsubscribe-tokens.ts";

const tokens = createUnsubscribeTokens("a secret of at least 32 characters");
const USER = { userId: "mina", category: "marketing" };
const ADDRESS = { addressHash: "ab".repeat(32), category: "marketing" };

describe("the token of an unsubscribe link", () => {
  it.each([USER, ADDRESS, { userId: "미나.~/?#", category: "뉴스" }])("brings back %j", (target) => {
    expect(tokens.read(tokens.make(target))).toEqual(target);
  });

  it("is the same each time, and fits into a URL as it is", () => {
    const token = tokens.make(USER);
    expect(tokens.make(USER)).toBe(token);
    expect(encodeURIComponent(token)).toBe(token);
  });

  it("is nothing with any character changed, cut off or added", () => {
    const token = tokens.make(USER);
    // Of the last character, base64url reads only some bits.
    for (let at = 0; at < token.length - 1; at++) {
      const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      expect([at, tokens.read(changed)]).toEqual([at, null]);
    }
    for (const other of [token.slice(0, -2), `${token}.x`, "", ".", token.split(".")[0] ?? ""]) {
      expect(tokens.read(other)).toBeNull();
    }
  });

  it("cannot be made with another secret, or by guessing", () => {
    expect(tokens.read(createUnsubscribeTokens("another secret of 32 characters!").make(USER))).toBeNull();
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => tokens.read(text) === null));
  });
});
