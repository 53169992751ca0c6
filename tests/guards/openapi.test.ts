import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { makeDocument } from "../../src/api/openapi/document.ts";
import { operationGroups } from "../../src/api/openapi/operation-groups.ts";
import { apiDocument } from "../support/api-document.ts";
import { mountedRoutes } from "../support/mounted-routes.ts";

// What callers generate their code from must be right in form, and about the routes that there are.

const operations = operationGroups.flatMap(({ operations }) => Object.entries(operations));

describe("the OpenAPI document", () => {
  it("has every route that is mounted, and no other", () => {
    expect(operations.map(([route]) => route).toSorted()).toEqual(mountedRoutes());
  });

  it("is an OpenAPI 3.1 document", async () => {
    const validator = new Validator();
    const document = JSON.parse(JSON.stringify(makeDocument("http://127.0.0.1:3000"))) as Record<string, unknown>;
    expect(await validator.validate(document)).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("names each operation once", () => {
    const ids = operations.map(([, { id }]) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
  });

  it.each(operations)("shows bodies of %s that are as it says", (route, { body }) => {
    expect(apiDocument.exampleMistakes(route)).toEqual([]);
    if (body !== undefined) expect(body.schema.safeParse(body.example).success).toBe(true);
  });
});

describe("the check of every answer of the integration tests", () => {
  const settings = { limits: [], quietHours: null, smsCountries: null, smsDailyCap: null, smsDailyCaps: {} };
  const right = {
    method: "PUT",
    path: "/v1/settings",
    sent: {},
    status: 200,
    headers: new Headers({ "content-type": "application/json; charset=utf-8", "x-request-id": "1" }),
    received: settings,
  };

  it("finds nothing wrong with an answer that is as documented", () => {
    expect(apiDocument.mistakesIn(right)).toEqual([]);
  });

  it.each([
    ["an undocumented status", { status: 202 }],
    ["an error of ours", { status: 500 }],
    ["another content type", { headers: new Headers({ "content-type": "text/plain", "x-request-id": "1" }) }],
    ["a missing header", { headers: new Headers({ "content-type": "application/json" }) }],
    ["an undocumented field", { received: { ...settings, more: 1 } }],
    ["a missing field", { received: { limits: [], quietHours: null, smsDailyCap: null, smsDailyCaps: {} } }],
    ["a field of another type", { received: { ...settings, limits: null } }],
    ["a value in place of the answer", { received: "no settings" }],
    ["a request that the document forbids", { sent: { limits: 3 } }],
  ])("finds %s", (_, wrong) => {
    expect(apiDocument.mistakesIn({ ...right, ...wrong })).toHaveLength(1);
  });
});
