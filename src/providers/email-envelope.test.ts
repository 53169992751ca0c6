import { describe, expect, it } from "vitest";
import { parseSender } from "./email-envelope.ts";

describe("a sender", () => {
  it.each([
    ["Shop <no-reply@shop.example>", "Shop", "no-reply@shop.example", "shop.example"],
    ["no-reply@shop.example", "", "no-reply@shop.example", "shop.example"],
    ["Bücher <no-reply@bücher.example>", "Bücher", "no-reply@xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["No-Reply@BÜCHER.example", "", "No-Reply@xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["no-reply@localhost", "", "no-reply@localhost", "localhost"],
  ])("of %j has a domain that any header can hold", (from, name, address, domain) => {
    expect(parseSender(from)).toEqual({ name, address, domain });
  });

  it.each(["", "Shop", "no-reply@", "a@b.example, c@d.example", "no-reply@bü/cher.example"])(
    "of %j is none",
    (from) => {
      expect(() => parseSender(from)).toThrow("EMAIL_FROM must be one address");
    },
  );
});
