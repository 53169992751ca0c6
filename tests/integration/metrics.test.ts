import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, startApi, startWorker } from "../support/processes.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;
let apiMetrics: string;
let workerMetrics: string;

beforeAll(async () => {
  system = await startSystem({ apis: 0, workers: 0 });
  const ports = [await freePort(), await freePort()];
  [apiMetrics = "", workerMetrics = ""] = ports.map((port) => `http://127.0.0.1:${port}/metrics`);
  const [api, worker] = await Promise.all([
    startApi({ ...system.env, METRICS_PORT: String(ports[0]) }),
    startWorker({ ...system.env, WORKER_HEALTH_PORT: String(ports[1]) }),
  ]);
  system.apis.push(api);
  system.workers.push(worker);
  await seed(system);
}, 120_000);

afterAll(() => system.stop());

const read = async (url: string) => (await fetch(url)).text();

/** The value of a series, by its name and some of its labels; null where there is none. */
function valueOf(text: string, name: string, labels: Record<string, string> = {}): number | null {
  const line = text
    .split("\n")
    .find(
      (candidate) =>
        candidate.startsWith(`${name}{`) &&
        Object.entries(labels).every(([label, value]) => candidate.includes(`${label}="${value}"`)),
    );
  return line === undefined ? null : Number(line.split(" ").at(-1));
}

describe("metrics", { timeout: 60_000 }, () => {
  it("count what the API and the worker have done", async () => {
    const request = order("counted", { category: "letters" });
    const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", request));
    await system.finished(id);
    await ok(system.call("POST", "/v1/notifications", request));
    await ok(system.call("POST", "/v1/notifications/explain", order("x")));
    await system.call("GET", "/v1/nothing");

    const api = await read(apiMetrics);
    expect(valueOf(api, "tidings_notifications_total", { result: "accepted" })).toBe(1);
    expect(valueOf(api, "tidings_notifications_total", { result: "replayed" })).toBe(1);
    const requests = "tidings_http_request_duration_seconds_count";
    expect(valueOf(api, requests, { method: "POST", route: "/v1/notifications", status: "202" })).toBe(1);
    expect(valueOf(api, requests, { route: "none", status: "404" })).toBe(1);
    expect(valueOf(api, "tidings_cache_requests_total", { cache: "categories", result: "hit" })).toBeGreaterThan(0);
    expect(valueOf(api, "tidings_cache_requests_total", { cache: "users", result: "miss" })).toBeGreaterThan(0);
    expect(valueOf(api, "tidings_database_connections", { state: "idle" })).toBeGreaterThan(0);
    expect(valueOf(api, "tidings_queue_backlog", { queue: "send-email" })).toBe(0);
    expect(valueOf(api, "tidings_queue_workers", { queue: "notifications" })).toBe(1);

    const worker = await read(workerMetrics);
    const email = { channel: "email", provider: "smtp" };
    expect(valueOf(worker, "tidings_deliveries_closed_total", { ...email, status: "sent" })).toBe(1);
    expect(valueOf(worker, "tidings_attempts_closed_total", { ...email, outcome: "sent", code: "none" })).toBe(1);
    expect(valueOf(worker, "tidings_cache_requests_total", { cache: "template_versions" })).toBeGreaterThan(0);
    // Temporal's own, on the same port.
    expect(valueOf(worker, "temporal_activity_execution_latency_count", { activity_type: "send" })).toBeGreaterThan(0);
  });

  it("name failed attempts by the class of their code", async () => {
    await ok(system.call("PUT", "/v1/users/jun", { attributes: { first_name: "Jun" } }));
    await ok(system.call("POST", "/v1/users/jun/contacts", { channel: "email", address: "bounce@sandbox.test" }));
    const request = order("bounced", { to: { userId: "jun" }, category: "letters" });
    const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", request));
    expect((await system.finished(id)).status).toBe("failed");
    const worker = await read(workerMetrics);
    expect(valueOf(worker, "tidings_attempts_closed_total", { channel: "email", outcome: "permanent" })).toBe(1);
    expect(valueOf(worker, "tidings_deliveries_closed_total", { channel: "email", status: "failed" })).toBe(1);
    expect(valueOf(worker, "tidings_attempts_closed_total", { outcome: "permanent", code: "5.1.x" })).toBe(1);
  });

  it("count the deliveries that a cancel has stopped", async () => {
    await ok(system.call("PUT", "/v1/channels/email", { paused: true }));
    const { id } = await ok(
      system.call<Notification>("POST", "/v1/notifications", order("stopped", { category: "letters" })),
    );
    await waitFor("its delivery to be planned", async () => {
      const { body } = await system.call<Notification>("GET", `/v1/notifications/${id}`);
      return body.deliveries.length > 0;
    });
    await system.cancel(id);
    await system.cancel(id);
    expect(valueOf(await read(apiMetrics), "tidings_deliveries_closed_total", { status: "cancelled" })).toBe(1);
    await ok(system.call("PUT", "/v1/channels/email", {}));
  });

  it("need a key beside the API, and a scope of their own is enough", async () => {
    const url = `${system.apis[0]?.url}/metrics`;
    expect((await fetch(url)).status).toBe(401);
    const key = async (scopes: string[]) => {
      const made = await ok(
        system.call<{ appKey: string; appSecret: string }>("POST", "/v1/keys", { client: "shop", name: "x", scopes }),
      );
      return { authorization: `Bearer ${made.appKey}.${made.appSecret}` };
    };
    expect((await fetch(url, { headers: await key(["send"]) })).status).toBe(403);
    const answer = await fetch(url, { headers: await key(["metrics"]) });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    expect(await answer.text()).toContain("tidings_http_request_duration_seconds_bucket");
  });

  it("name nobody", async () => {
    const texts = (await Promise.all([read(apiMetrics), read(workerMetrics)])).join("\n");
    expect(texts).not.toMatch(/mina|counted|@|shop/);
  });
});
