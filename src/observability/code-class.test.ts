import { describe, expect, it } from "vitest";
import { codeClass } from "./code-class.ts";

describe("the class of a provider's code", () => {
  it.each([
    [null, "none"],
    ["550", "5xx"],
    ["30003", "3xxxx"],
    ["5.1.1", "5.1.x"],
    ["5.7.26", "5.7.x"],
    ["smtp_421", "smtp_4xx"],
    ["worker_lost", "worker_lost"],
    ["Unregistered", "Unregistered"],
    ["what somebody@example.com wrote", "other"],
    ["x".repeat(51), "other"],
  ])("of %s is %s", (code, expected) => {
    expect(codeClass()(code)).toBe(expected);
  });

  it("is one of a bounded number", () => {
    const classOf = codeClass();
    const letters = Array.from(
      { length: 300 },
      (_, index) => `code_${String.fromCharCode(0x61 + (index % 26))}${"z".repeat(Math.floor(index / 26))}`,
    );
    expect(new Set(letters.map(classOf)).size).toBe(101);
    expect(classOf(letters[0] ?? "")).toBe(letters[0]);
  });
});
