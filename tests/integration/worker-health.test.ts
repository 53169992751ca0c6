import { afterAll, beforeAll, describe, expect, it } from "vitest";
import proto from "@temporalio/proto";
import { createSendQueues } from "../../src/temporal/send-queues.ts";
import { NOTIFICATIONS_QUEUE, sendQueue } from "../../src/workflows/contract.ts";
import { freePort, startProcess, type TestProcess } from "../support/processes.ts";
import { startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;
let worker: TestProcess;
let url: string;

beforeAll(async () => {
  system = await startSystem({ workers: 0 });
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const env = { ...system.env, WORKER_HEALTH_PORT: String(port) };
  worker = startProcess("src/workers/run.ts", env, ["--queues", "notifications,email"]);
});

afterAll(async () => {
  await worker.stop();
  await system.stop();
});

const readiness = async () => {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

describe("a worker with a health port", { timeout: 90_000 }, () => {
  it("is ready once Temporal sees its polls of each of its queues", async () => {
    const ready = await waitFor(
      "the worker to be ready",
      async () => {
        const answer = await readiness().catch(() => null);
        return answer?.status === 200 && answer;
      },
      { timeoutMs: 60_000 },
    );
    const ok = { status: "ok" };
    expect(ready.body).toMatchObject({
      status: "ready",
      dependencies: { database: ok, notifications: ok, "send-email": ok },
      channels: { email: ["smtp"], sms: ["twilio"] },
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it("ends with one sentence where the port is taken", async () => {
    const second = startProcess("src/workers/run.ts", { ...system.env, WORKER_HEALTH_PORT: new URL(url).port }, [
      "--queues",
      "outbound",
    ]);
    await waitFor("the second worker to end", () => second.ended(), { timeoutMs: 60_000 });
    expect(second.output()).toContain(`WORKER_HEALTH_PORT: cannot listen on 127.0.0.1:${new URL(url).port} `);
    expect(second.output()).not.toContain("    at ");
  });

  it("tells in production, in its log and to who asks, that mails have no sender, and sends all the same", async () => {
    const port = await freePort();
    const env = {
      ...{ ...system.env, TIDINGS_ENV: "production", PUBLIC_URL: "https://tidings.example.com" },
      ...{ EMAIL_FROM: "", WORKER_HEALTH_PORT: String(port) },
    };
    const mistaken = startProcess("src/workers/run.ts", env, ["--queues", "outbound"]);
    const answer = await waitFor("the worker to be ready", async () => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
      return response?.status === 200 && ((await response.json()) as Record<string, unknown>);
    });
    expect(answer).toMatchObject({ warnings: [expect.stringMatching(/^EMAIL_FROM is not set/)] });
    await mistaken.stop();
    expect(mistaken.output().match(/"level":40.*"msg":"EMAIL_FROM is not set/g)).toHaveLength(1);
    expect((await readiness()).body).not.toHaveProperty("warnings");
  });

  it("is told from others that poll, and from queues that it does not serve", async () => {
    const queues = createSendQueues(system.client, () => Date.now());
    const identity = (await pollerOf(sendQueue("email"))) ?? "";
    expect(await queues.isPolledBy(NOTIFICATIONS_QUEUE, identity)).toBe(true);
    expect(await queues.isPolledBy(sendQueue("email"), identity)).toBe(true);
    expect(await queues.isPolledBy(sendQueue("sms"), identity)).toBe(false);
    expect(await queues.isPolledBy(sendQueue("email"), `not-${identity}`)).toBe(false);
    // Polls end after a minute at the latest: one that was seen longer ago belongs to nobody who still asks.
    const later = createSendQueues(system.client, () => Date.now() + 10 * 60_000);
    expect(await later.isPolledBy(sendQueue("email"), identity)).toBe(false);
    expect((await later.stats()).map(({ workers }) => workers)).toEqual([0, 0, 0, 0, 0]);
  });
});

async function pollerOf(queue: string): Promise<string | null | undefined> {
  const { pollers } = await system.client.workflowService.describeTaskQueue({
    namespace: system.client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  });
  return pollers[0]?.identity;
}
