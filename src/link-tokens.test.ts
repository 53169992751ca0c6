import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLinkTokens } from "./link-tokens.ts";

const tokens = createLinkTokens("a secret of at least 32 characters");
const USER = { userId: "mina", category: "marketing" };
const ADDRESS = { addressHash: "ab".repeat(32), category: "marketing" };

describe("the token of an unsubscribe link", () => {
  it.each([USER, ADDRESS, { userId: "미나.~/?#", category: "뉴스" }])("brings back %j", (target) => {
    expect(tokens.readUnsubscribe(tokens.unsubscribe(target))).toEqual(target);
  });

  it("is the same each time, and fits into a URL as it is", () => {
    const token = tokens.unsubscribe(USER);
    expect(tokens.unsubscribe(USER)).toBe(token);
    expect(encodeURIComponent(token)).toBe(token);
  });

  it("is nothing with any character changed, cut off or added", () => {
    const token = tokens.unsubscribe(USER);
    // Of the last character, base64url reads only some bits.
    for (let at = 0; at < token.length - 1; at++) {
      const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      expect([at, tokens.readUnsubscribe(changed)]).toEqual([at, null]);
    }
    for (const other of [token.slice(0, -2), `${token}.x`, "", ".", token.split(".")[0] ?? ""]) {
      expect(tokens.readUnsubscribe(other)).toBeNull();
    }
  });

  it("cannot be made with another secret, or by guessing", () => {
    expect(tokens.readUnsubscribe(createLinkTokens("another secret of 32 characters!").unsubscribe(USER))).toBeNull();
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => tokens.readUnsubscribe(text) === null));
  });
});
