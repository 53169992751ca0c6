import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDocument } from "../../src/api/openapi/document.ts";
import { type Scope, SCOPES } from "../../src/domain/scope.ts";
import { type Answer, exchange } from "../support/exchange.ts";
import type { Api } from "../support/processes.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";

// Who may do what: scopes, clients, rotation, limits. Over every route of the OpenAPI document, so that a new one is
// held to it too.

type Json = Record<string, unknown>;
type Key = { id: string; appKey: string; appSecret: string };

let system: System;
let apis: [Api, Api];

beforeAll(async () => {
  system = await startSystem({ apis: 2 });
  await seed(system);
  apis = system.apis as [Api, Api];
}, 120_000);
afterAll(() => system.stop());

const givenKey = (body: Json) => ok(system.call<Key>("POST", "/v1/keys", { name: "test", scopes: ["admin"], ...body }));
const bearer = ({ appKey, appSecret }: Key) => ({ authorization: `Bearer ${appKey}.${appSecret}` });
const callAs = (key: Key, method: string, path: string, body?: unknown, api: Api = apis[0]): Promise<Answer> =>
  exchange(api.url, method, path, body, bearer(key));

type Route = { method: string; path: string; scopes: Scope[] };
const routes: Route[] = Object.entries(makeDocument("http://127.0.0.1:3000").paths ?? {}).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, { "x-scopes": Scope[] }>).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    scopes: operation["x-scopes"],
  })),
);
/** Of this shape, and naming nothing that exists. */
const nowhere = (path: string) => path.replace(/\{\w+\}/g, "01a2040f-9d5e-7fd8-b8e0-41b659fcbb55");
/** No JSON: a route that has a body refuses it once it has let the key pass, and changes nothing. */
const bodyOf = (method: string) => (method === "GET" ? undefined : "no JSON");

describe("x-scopes of the document", () => {
  it.each(SCOPES)("says exactly where a key with %s passes", async (scope) => {
    const key = await givenKey({ scopes: [scope] });
    for (const { method, path, scopes } of routes.filter(({ scopes }) => scopes.length > 0)) {
      const { status, body } = await callAs(key, method, nowhere(path), bodyOf(method));
      const refused = status === 403 && body.code === "missing_scope";
      expect([method, path, refused ? "refused" : "passes"]).toEqual([
        method,
        path,
        scopes.includes(scope) ? "passes" : "refused",
      ]);
    }
  });

  it("says exactly where no key is needed", async () => {
    for (const { method, path, scopes } of routes) {
      const { status } = await exchange(apis[0].url, method, nowhere(path), bodyOf(method));
      expect([method, path, status === 401]).toEqual([method, path, scopes.length > 0]);
    }
  });
});

describe("another client's notification", () => {
  const bodies: Record<string, unknown> = { PATCH: { sendAt: new Date(Date.now() + 3_600_000).toISOString() } };
  const named = routes.filter(({ path }) => path.startsWith("/v1/notifications/{id}"));
  const withoutRequestId = ({ status, body }: Answer) => {
    const { requestId: _, ...rest } = body;
    return { status, ...rest };
  };
  let stranger: Key;
  let ids: { sent: string; waiting: string };

  beforeAll(async () => {
    stranger = await givenKey({ client: "stranger" });
    const send = async (body: Json) => (await ok(system.call<Notification>("POST", "/v1/notifications", body))).id;
    ids = {
      sent: await send(order("access-sent")),
      waiting: await send(order("access-waiting", { sendAt: new Date(Date.now() + 7_200_000).toISOString() })),
    };
    await system.finished(ids.sent);
  });

  it("is looked for on every route that names one", () => {
    expect(
      named.map(({ method, path }) => `${method} ${path.slice("/v1/notifications/{id}".length)}`).toSorted(),
    ).toEqual(expect.arrayContaining(["GET ", "GET /timeline", "PATCH ", "POST /cancel"]));
  });

  it("is the same 404 as one that does not exist, on every route that names one", async () => {
    const absent = `ntf_${Buffer.from("stranger:absent").toString("base64url")}`;
    for (const { method, path, scopes } of named) {
      // Where no key is asked for, a token is.
      const body = scopes.length === 0 ? { token: "of-no-push" } : bodies[method];
      const ask = (id: string) => callAs(stranger, method, path.replace("{id}", id), body);
      const expected = withoutRequestId(await ask(absent));
      expect([method, path, expected]).toMatchObject([method, path, { status: 404, code: "not_found" }]);
      for (const id of [ids.sent, ids.waiting, "no-id", "ntf_"]) {
        expect([method, path, withoutRequestId(await ask(id))]).toEqual([method, path, expected]);
      }
    }
  });

  it("is neither stopped nor moved by that", async () => {
    const { body } = await system.call<Notification & { scheduledFor: string }>(
      "GET",
      `/v1/notifications/${ids.waiting}`,
    );
    expect(body.status).toBe("scheduled");
    expect(Date.parse(body.scheduledFor)).toBeGreaterThan(Date.now() + 3_600_000);
  });

  it("is in no list, under whatever filter, and its event ID is free", async () => {
    for (const query of ["", "?user=mina", "?eventId=access-sent", "?status=sent"]) {
      expect((await callAs(stranger, "GET", `/v1/notifications${query}`)).body.items).toEqual([]);
    }
    const own = await callAs(stranger, "POST", "/v1/notifications", order("access-sent", { channels: ["email"] }));
    expect(own.status).toBe(202);
    expect(own.body.id).not.toBe(ids.sent);
  });

  it("is shown to every key of its own client", async () => {
    const other = await givenKey({ client: "shop", scopes: ["read"] });
    expect((await callAs(other, "GET", `/v1/notifications/${ids.sent}`)).status).toBe(200);
  });
});

describe("keys of one client", () => {
  it("are valid side by side, so that a secret can be changed without a gap", async () => {
    const old = await givenKey({ client: "rotating", scopes: ["send", "read"] });
    const sent = await callAs(old, "POST", "/v1/notifications", order("rotated"));
    const next = await givenKey({ client: "rotating", scopes: ["send", "read"] });
    const repeated = await callAs(next, "POST", "/v1/notifications", order("rotated"));
    expect(repeated).toMatchObject({ status: 200, body: { id: sent.body.id } });
    expect((await callAs(old, "GET", `/v1/notifications/${sent.body.id}`)).status).toBe(200);
    await ok(system.call("DELETE", `/v1/keys/${old.id}`));
    for (const api of apis) {
      expect((await callAs(old, "GET", `/v1/notifications/${sent.body.id}`, undefined, api)).status).toBe(401);
      expect((await callAs(next, "GET", `/v1/notifications/${sent.body.id}`, undefined, api)).status).toBe(200);
    }
  });

  it("are refused by every process from the moment that one has revoked them", async () => {
    const key = await givenKey({ scopes: ["read"] });
    // Both have seen it, and could remember it.
    for (const api of apis) expect((await callAs(key, "GET", "/v1/settings", undefined, api)).status).toBe(200);
    await ok(system.call("DELETE", `/v1/keys/${key.id}`, undefined, apis[0]));
    for (const api of apis.toReversed()) {
      expect((await callAs(key, "GET", "/v1/settings", undefined, api)).status).toBe(401);
    }
  });

  it("end at their time", async () => {
    const key = await givenKey({ scopes: ["read"], expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await callAs(key, "GET", "/v1/settings")).status).toBe(200);
    await system.pool.query("UPDATE api_keys SET expires_at = now() WHERE id = $1", [key.id]);
    for (const api of apis) {
      expect((await callAs(key, "GET", "/v1/settings", undefined, api)).status).toBe(401);
    }
  });
});

describe("a key's limit of requests", () => {
  it("is off by default: nothing is counted, and no header speaks of it", async () => {
    const key = await givenKey({ scopes: ["read"] });
    expect(key).toMatchObject({ requestLimit: null });
    const { headers } = await callAs(key, "GET", "/v1/settings");
    expect([headers.get("ratelimit"), headers.get("ratelimit-policy")]).toEqual([null, null]);
    const { rows } = await system.pool.query("SELECT 1 FROM request_counts WHERE key = $1", [key.id]);
    expect(rows).toEqual([]);
  });

  it("holds for all processes together, however many ask at once", async () => {
    const key = await givenKey({ scopes: ["read"], requestLimit: { max: 20, per: "1h" } });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => callAs(key, "GET", "/v1/settings", undefined, apis[index % 2])),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const { status, headers, body } of refused) {
      expect([status, body.code, headers.get("ratelimit-policy")]).toEqual([429, "rate_limited", '"key";q=20;w=3600']);
      const [, reset] = /^"key";r=0;t=(\d+)$/.exec(headers.get("ratelimit") ?? "") ?? [];
      expect(Number(reset)).toBeGreaterThan(3_500);
      expect(headers.get("retry-after")).toBe(reset);
    }
    const left = answers.flatMap(({ status, headers }) =>
      status === 200 ? [Number(/;r=(\d+);/.exec(headers.get("ratelimit") ?? "")?.[1])] : [],
    );
    expect(left.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it("leaves other keys of the client alone, and begins anew when its interval is over", async () => {
    const [one, other] = [
      await givenKey({ scopes: ["read"], requestLimit: { max: 1, per: "1h" } }),
      await givenKey({ scopes: ["read"], requestLimit: { max: 1, per: "1h" } }),
    ];
    const ask = async (key: Key) => (await callAs(key, "GET", "/v1/settings")).status;
    expect([await ask(one), await ask(one), await ask(other)]).toEqual([200, 429, 200]);
    await system.pool.query("UPDATE request_counts SET expire = $2 WHERE key = $1", [one.id, Date.now()]);
    expect([await ask(one), await ask(one)]).toEqual([200, 429]);
  });

  it("counts what is refused for another reason too", async () => {
    const key = await givenKey({ scopes: ["read"], requestLimit: { max: 2, per: "1h" } });
    const asked = [await callAs(key, "GET", "/v1/keys"), await callAs(key, "GET", "/v1/users/nobody")];
    expect(asked.map(({ status }) => status)).toEqual([403, 404]);
    expect((await callAs(key, "GET", "/v1/settings")).status).toBe(429);
  });

  it.each([
    [{ max: 0, per: "1m" }, "requestLimit.max"],
    [{ max: 1.5, per: "1m" }, "requestLimit.max"],
    [{ max: 1 }, "requestLimit.per"],
    [{ max: 1, per: "0s" }, "requestLimit.per"],
    [{ max: 1, per: "2d" }, "requestLimit.per"],
  ])("cannot be %j", async (requestLimit, field) => {
    const answer = await system.call("POST", "/v1/keys", { name: "x", scopes: ["read"], requestLimit });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });
});
