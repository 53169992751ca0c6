import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addRule } from "../support/sandbox-rules.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { startProcess } from "../support/processes.ts";
import { waitFor } from "../support/wait-for.ts";

// Strings that appear nowhere else: if one is found, somebody's data has leaked.
const CANARIES = {
  address: "canary-address-7f3a@example.com",
  token: "canary-token-9b1c",
  name: "CanaryName4d2e",
  item: "CanaryItem8c6f",
};

let system: System;

beforeAll(async () => {
  system = await startSystem();
  await seed(system);
  await ok(system.call("PUT", "/v1/users/quiet", { attributes: { first_name: CANARIES.name } }));
  await ok(system.call("POST", "/v1/users/quiet/contacts", { channel: "email", address: CANARIES.address }));
  await ok(system.call("POST", "/v1/users/quiet/contacts", { channel: "fcm", address: CANARIES.token }));
});

afterAll(() => system.stop());

/** Base64 and JSON escapes undone as far as a reader would. */
function findable(text: string): string {
  const decoded = text.replaceAll(/"([A-Za-z0-9+/]{8,}={0,2})"/g, (_, base64: string) =>
    Buffer.from(base64, "base64").toString("latin1"),
  );
  return `${text}\n${decoded}`;
}

function expectNoCanary(where: string, text: string): void {
  for (const canary of Object.values(CANARIES)) {
    expect([where, canary, findable(text).includes(canary)]).toEqual([where, canary, false]);
  }
}

describe("what travels through Temporal and into logs", () => {
  async function finishedAfter(eventId: string, request: Record<string, unknown>): Promise<void> {
    const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", order(eventId, request)));
    await system.finished(id, 50_000);
  }

  beforeAll(async () => {
    const request = { to: { userId: "quiet" }, data: { item_name: CANARIES.item } };
    // A letter that arrives, a push that is retried and a letter that is refused, since failures speak too.
    // One after the other: a refused address is suppressed, and would get no letter after that.
    await addRule(system.sandbox, { channel: "fcm" }, { status: 429, retryAfterSeconds: 1 }, 1);
    await finishedAfter("canary-1", request);
    await addRule(system.sandbox, { channel: "email" }, { status: 550 }, 1);
    await finishedAfter("canary-2", request);
  }, 120_000);

  it("reaches its reader", () => {
    const texts = system.sandbox.messages().map((message) => JSON.stringify(message));
    const missing = Object.keys(CANARIES).filter((name) => {
      const canary = CANARIES[name as keyof typeof CANARIES];
      return !texts.some((text) => text.includes(canary));
    });
    expect(missing).toEqual([]);
  });

  it("is unreadable in the histories", async () => {
    for (const eventId of ["canary-1", "canary-2"]) {
      const history = await system.client.workflow.getHandle(`ntf:shop:${eventId}`).fetchHistory();
      const text = historyToJSON(history);
      expectNoCanary(`history of ${eventId}`, text);
      // The search itself works: what is meant to be readable is found.
      expect(findable(text)).toContain("quiet");
    }
  });

  it("is unreadable in visibility", async () => {
    const { namespace } = system.client.options;
    const list = () => system.client.workflowService.listWorkflowExecutions({ namespace });
    const { executions } = await waitFor("visibility to list both", async () => {
      const answer = await list();
      return answer.executions.length >= 2 ? answer : null;
    });
    expectNoCanary("visibility", JSON.stringify(executions));
  });

  it("is in no log", () => {
    for (const process of [...system.apis, ...system.workers]) expectNoCanary("log", process.output());
  });

  it("is in no answer to a bad request", async () => {
    const bad = [
      system.call("POST", "/v1/users/quiet/contacts", { channel: "sms", address: CANARIES.address }),
      system.call("POST", "/v1/notifications", { ...order("x"), to: { userId: CANARIES.name } }),
      system.call("POST", "/v1/notifications", `{"eventId": "${CANARIES.item}`),
    ];
    for (const { status, body } of await Promise.all(bad)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expectNoCanary("answer", JSON.stringify(body));
    }
  });
});

describe("the codec endpoint", () => {
  const url = () => `${system.apis[0]?.url}/codec/decode`;

  async function sealedInput(): Promise<unknown> {
    const history = await system.client.workflow.getHandle("ntf:shop:canary-1").fetchHistory();
    const { events } = JSON.parse(historyToJSON(history)) as {
      events: { workflowExecutionStartedEventAttributes?: { input: unknown } }[];
    };
    return events[0]?.workflowExecutionStartedEventAttributes?.input;
  }

  it("shows an admin what is in there", async () => {
    const { body } = await system.call<{ payloads: { data: string }[] }>("POST", "/codec/decode", await sealedInput());
    expect(Buffer.from(body.payloads[0]?.data ?? "", "base64").toString()).toContain(CANARIES.item);
  });

  it("shows nobody else", async () => {
    const response = await fetch(url(), {
      method: "POST",
      headers: { "content-type": "application/json", origin: "http://127.0.0.1:9999" },
      body: JSON.stringify(await sealedInput()),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("a payload key that is in use", () => {
  const start = (script: string, keys: string) =>
    startProcess(script, { ...system.env, PORT: "0", TIDINGS_PAYLOAD_KEYS: keys });
  const other = Buffer.alloc(32, "another key").toString("base64");

  it.each(["src/api/server.ts", "src/workers/run.ts"])("must be there, or %s refuses to start", async (script) => {
    for (const [keys, sentence] of [
      [`new:${other}`, "The payload key test is in use but TIDINGS_PAYLOAD_KEYS does not have it"],
      [`test:${other}`, "The payload key test is not the one that was used under this name before"],
    ] as const) {
      const process = start(script, keys);
      await waitFor("the process to refuse", () => process.ended());
      expect(process.output()).toContain(sentence);
      expect(process.output()).not.toContain(other);
    }
  });
});
