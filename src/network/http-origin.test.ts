import { describe, expect, it } from "vitest";
import { httpOrigin } from "./http-origin.ts";

describe("httpOrigin", () => {
  it.each([
    ["127.0.0.1", "http://127.0.0.1:3000"],
    ["localhost", "http://localhost:3000"],
    ["0.0.0.0", "http://127.0.0.1:3000"],
    ["::", "http://127.0.0.1:3000"],
    ["::1", "http://[::1]:3000"],
  ])("of %s is %s", (host, origin) => {
    expect(httpOrigin(host, 3000)).toBe(origin);
  });
});
