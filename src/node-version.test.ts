import { describe, expect, it } from "vitest";
import { nodeRefusal } from "./node-version.ts";

describe("nodeRefusal", () => {
  it.each(["18.20.8", "20.20.2", "22.18.0", "23.11.1"])("refuses Node %s in one sentence that names it", (version) => {
    const refusal = nodeRefusal(version);
    expect(refusal).toContain(version);
    expect(refusal?.split("\n")).toHaveLength(1);
  });

  it.each(["24.0.0", "24.21.0", "26.1.0", "100.0.0"])("takes Node %s", (version) => {
    expect(nodeRefusal(version)).toBeNull();
  });
});
