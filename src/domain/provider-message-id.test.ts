import { describe, expect, it } from "vitest";
import { keptMessageId } from "./provider-message-id.ts";

describe("what a provider calls a message", () => {
  it.each([
    "SM5f2b1c0e9a7d4f3b8c6e0d1a2b3c4d5e",
    "projects/shop-production-push-1234567/messages/0:1500415314455276%31bd1c9631bd1c96",
    "<0199f3c1-7d2e-7b6a-9a54-0c6b5f4e3d2c@mail.example.com>",
    "x".repeat(200),
  ])("is kept as it is: %s", (id) => {
    expect(keptMessageId(id)).toBe(id);
  });

  it.each([null, "", "x".repeat(201), "a\0b", "a\nb", "ümlaut", "\ud800"])(
    "is not kept where it is no name: %j",
    (id) => {
      expect(keptMessageId(id)).toBeNull();
    },
  );
});
