import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CLIENT_TYPES_FILE, clientTypes } from "../../scripts/client-types.ts";

it("the types of the client are those of the OpenAPI document: npm run client-types", async () => {
  expect(readFileSync(CLIENT_TYPES_FILE, "utf8") === (await clientTypes())).toBe(true);
}, 60_000);
