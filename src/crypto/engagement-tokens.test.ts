import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngagementTokens } from "./engagement-tokens.ts";

const SECRET = "a secret of at least 32 characters";
const tokens = createEngagementTokens(SECRET);
const others = createEngagementTokens("another secret of 32 characters!");
const ATTEMPT = "01a2040f-9228-77ca-8c43-4691bd2cd5d6";
const ID = "ntf_c2hvcDox";

/** Each kind of token, and how it is read. */
const KINDS = {
  open: { token: tokens.open(ATTEMPT), read: tokens.readOpen },
  click: { token: tokens.click(ATTEMPT, "https://shop.example/"), read: tokens.readClick },
  push: { token: tokens.push(ATTEMPT, ID), read: (token: string) => tokens.readPush(token, ID) },
};

describe("a token of an open, a click or a push", () => {
  it("brings its attempt back, and a click where it leads", () => {
    fc.assert(
      fc.property(fc.uuid(), fc.webUrl({ withQueryParameters: true }), (attemptId, url) => {
        expect(tokens.readOpen(tokens.open(attemptId))).toBe(attemptId);
        expect(tokens.readClick(tokens.click(attemptId, url))).toEqual({ attemptId, url });
        expect(tokens.readPush(tokens.push(attemptId, ID), ID)).toBe(attemptId);
      }),
    );
  });

  it("is the same each time, fits into a URL as it is, and takes little room in a push", () => {
    for (const { token } of Object.values(KINDS)) expect(encodeURIComponent(token)).toBe(token);
    expect(createEngagementTokens(SECRET).open(ATTEMPT)).toBe(KINDS.open.token);
    expect(KINDS.push.token).toHaveLength(43);
  });

  it.each(Object.entries(KINDS))(
    "%s: is nothing with any character changed, cut off or added",
    (_, { token, read }) => {
      for (let at = 0; at < token.length; at++) {
        const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
        expect([at, read(changed)]).toEqual([at, null]);
        expect([at, read(token.slice(0, at))]).toEqual([at, null]);
      }
      for (const other of [
        `${token}A`,
        `${token}=`,
        ` ${token}`,
        `${token}.`,
        `${token.slice(0, 5)}-.${token.slice(5)}`,
      ]) {
        expect(read(other)).toBeNull();
      }
    },
  );

  it("is of one kind, of one notification and of one secret", () => {
    for (const [kind, { read }] of Object.entries(KINDS)) {
      const readable = Object.entries(KINDS).filter(([, { token }]) => read(token) !== null);
      expect(readable.map(([name]) => name)).toEqual([kind]);
    }
    expect(tokens.readPush(KINDS.push.token, "ntf_c2hvcDoy")).toBeNull();
    expect(others.readOpen(KINDS.open.token)).toBeNull();
    expect(others.readClick(KINDS.click.token)).toBeNull();
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => tokens.readClick(text) === null));
  });

  it("leads to the web only, whatever was signed", () => {
    for (const url of ["javascript:alert(1)", "//evil.example", "/path", "data:text/html,x", "", "httpsx://evil"]) {
      expect(tokens.readClick(tokens.click(ATTEMPT, url))).toBeNull();
    }
  });
});
