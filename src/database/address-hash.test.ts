import { describe, expect, it } from "vitest";
import { createAddressHash } from "./address-hash.ts";

describe("createAddressHash", () => {
  const hash = createAddressHash("a secret of at least 32 characters");

  it("is the same for every spelling of an address, and 32 bytes long", () => {
    expect(hash("email", "Mina@Example.com")).toEqual(hash("email", "mina@example.COM"));
    expect(hash("sms", "+82 10-1234-5678")).toEqual(hash("sms", "+821012345678"));
    expect(hash("email", "mina@example.com")).toHaveLength(32);
  });

  it("differs by channel, address and secret", () => {
    const hashes = [
      hash("apns", "abcdef0123"),
      hash("fcm", "abcdef0123"),
      hash("fcm", "abcdef0124"),
      createAddressHash("another secret of 32 characters...")("fcm", "abcdef0123"),
    ];
    expect(new Set(hashes.map((bytes) => bytes.toString("hex"))).size).toBe(hashes.length);
  });
});
