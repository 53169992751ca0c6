import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import pg from "pg";
import { createKeyStore } from "../../src/database/keys.ts";
import { createPrisma } from "../../src/database/prisma.ts";
import { createDataConverter } from "../../src/temporal/data-converter.ts";
import { SANDBOX_KEYS } from "../../src/sandbox/sandbox-keys.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/start-sandbox.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { TEST_PAYLOAD_KEY } from "./payload-key.ts";
import { type Answer, exchange } from "./exchange.ts";
import { type Api, startApi, startWorker, type TestProcess } from "./processes.ts";
import { createTestNamespace } from "./temporal.ts";
import { waitFor } from "./wait-for.ts";

const KEY = { appKey: "tk_test", appSecret: "test-secret-of-the-test-client-0123456789" };
export const CLIENT_ID = "shop";
/** What the service believes its address to be, as behind a proxy. */
const PUBLIC_URL = "http://tidings.test";

export type { Answer } from "./exchange.ts";

export type Notification = {
  id: string;
  eventId: string;
  status: string;
  reason: string | null;
  workflowId: string;
  deliveries: {
    id: string;
    channel: string;
    provider: string | null;
    status: string;
    reason: string | null;
    attempts: number;
    segments: number | null;
    possibleDuplicate: boolean;
  }[];
};

/** The whole service: real API and worker processes, on a database and a namespace of their own, with a sandbox. */
export type System = Awaited<ReturnType<typeof startSystem>>;

/** `env` and `settings` are settings of its processes beside, or instead of, the sandbox's. */
export type SystemOptions = {
  apis?: number;
  workers?: number;
  servers?: Servers;
  env?: Record<string, string>;
  settings?: (sandbox: Sandbox) => Record<string, string> | Promise<Record<string, string>>;
};

export async function startSystem(options: SystemOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), "tidings-test-"));
  const { database, temporal } = options.servers ?? (await sharedServers());
  const sandbox = await startSandbox({ port: 0, smtpPort: 0, fcmPort: 0, directory });
  const settings = await options.settings?.(sandbox);
  const env = { ...environmentOf(database.url, temporal, sandbox), ...options.env, ...settings };
  await createKey(database.url);
  const apis = await Promise.all(Array.from({ length: options.apis ?? 1 }, () => startApi(env)));
  if (apis[0] !== undefined) sandbox.tellReceiptsTo({ url: apis[0].url, publicUrl: PUBLIC_URL });
  const workers = await Promise.all(Array.from({ length: options.workers ?? 1 }, () => startWorker(env)));
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({
    connection,
    namespace: temporal.namespace,
    dataConverter: createDataConverter([TEST_PAYLOAD_KEY]),
  });
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on("error", () => undefined);

  const system = {
    env,
    sandbox,
    apis,
    workers,
    /** Temporal, past the service. */
    client,
    /** The database, past the service. */
    pool,
    call: <T = Record<string, unknown>>(
      method: string,
      path: string,
      body?: unknown,
      api: Api | undefined = apis[0],
      headers: Record<string, string> = {},
    ) => call<T>(api, method, path, body, headers),
    /** Another API process, which becomes the first one. */
    async startApi(): Promise<Api> {
      const api = await startApi(env);
      apis.unshift(api);
      return api;
    },
    async startWorker(changes: Record<string, string> = {}, args: string[] = []): Promise<TestProcess> {
      const worker = await startWorker({ ...env, ...changes }, undefined, args);
      workers.push(worker);
      return worker;
    },
    /** Waits until the notification is final. */
    finished(id: string, timeoutMs = 60_000): Promise<Notification> {
      return waitFor(
        `notification ${id} to be final`,
        async () => {
          const { body } = await call<Notification>(apis[0], "GET", `/v1/notifications/${id}`);
          return FINAL.has(body.status) ? body : null;
        },
        { timeoutMs },
      );
    },
    /** Cancels, and asks again while the notification is not admitted yet, as the API then says. */
    cancel(id: string): Promise<{ result: string; status: string }> {
      return waitFor(`notification ${id} to be cancelled or too late`, async () => {
        const path = `/v1/notifications/${id}/cancel`;
        const answer = call<{ result: string; status: string }>(apis[0], "POST", path);
        return (await answer).status === 503 ? null : ok(answer);
      });
    },
    /** What the sandbox has accepted for this notification. */
    messagesOf: (id: string) => sandbox.messages().filter(({ notificationId }) => notificationId === id),
    async stop(): Promise<void> {
      await Promise.all([...apis, ...workers].map((process) => process.stop()));
      await sandbox.close();
      // Temporal goes on for the other files, and would start this one's rounds for nobody, every minute.
      if (options.servers === undefined) await deleteSchedules(client);
      await connection.close();
      await pool.end();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return system;
}

/** A migrated database, and a namespace that is set up. */
export type Servers = { database: TestDatabase; temporal: { address: string; namespace: string } };

async function sharedServers(): Promise<Servers> {
  const [database, temporal] = await Promise.all([createTestDatabase(), createTestNamespace()]);
  return { database, temporal };
}

async function deleteSchedules(client: Client): Promise<void> {
  for await (const { scheduleId } of client.schedule.list()) await client.schedule.getHandle(scheduleId).delete();
}

export const FINAL = new Set(["sent", "partially_sent", "failed", "suppressed", "cancelled", "expired", "unknown"]);

/** The users, category and templates that most tests need. */
export async function seed(system: System): Promise<void> {
  await ok(system.call("PUT", "/v1/users/mina", { locale: "en", attributes: { first_name: "Mina" } }));
  await ok(system.call("POST", "/v1/users/mina/contacts", { channel: "fcm", address: "token-of-mina" }));
  await ok(system.call("POST", "/v1/users/mina/contacts", { channel: "email", address: "mina@example.com" }));
  await ok(system.call("PUT", "/v1/categories/orders", { channels: ["push", "email"] }));
  await ok(system.call("PUT", "/v1/categories/letters", { channels: ["email"] }));
  await ok(system.call("PUT", "/v1/categories/once", { channels: ["push", "email"], guarantee: "at_most_once" }));
  await ok(
    system.call("PUT", "/v1/templates/order_shipped", {
      locales: {
        default: {
          push: { title: "Shipped", body: "{{ item_name }} is on its way" },
          sms: { text: "{{ item_name }} is on its way" },
          email: {
            subject: "Shipped: {{ item_name }}",
            text: "Hello {{ user.first_name }}, {{ item_name }} is on its way.",
          },
        },
      },
    }),
  );
}

/** A request that reaches mina on both channels. */
export function order(eventId: string, more: Record<string, unknown> = {}) {
  return {
    eventId,
    to: { userId: "mina" },
    category: "orders",
    template: "order_shipped",
    data: { item_name: "Blue kettle" },
    ...more,
  };
}

export async function ok<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}

async function call<T>(
  api: Api | undefined,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  if (api === undefined) throw new Error("this system has no API process");
  return exchange<T>(api.url, method, path, body, {
    authorization: `Bearer ${KEY.appKey}.${KEY.appSecret}`,
    ...headers,
  });
}

function environmentOf(
  databaseUrl: string,
  temporal: { address: string; namespace: string },
  sandbox: Sandbox,
): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    TIDINGS_PAYLOAD_KEYS: `${TEST_PAYLOAD_KEY.id}:${TEST_PAYLOAD_KEY.bytes.toString("base64")}`,
    TIDINGS_SECRET: "a secret for tests, at least 32 characters long",
    // Empty where a bench starts it: no set-up has made one.
    WORKFLOW_BUNDLE: process.env.TIDINGS_TEST_WORKFLOW_BUNDLE ?? "",
    LOG_LEVEL: "warn",
    PUBLIC_URL,
    SMTP_URL: sandbox.smtpUrl,
    EMAIL_FROM: "Shop <shop@example.com>",
    FCM_BASE_URL: sandbox.fcmBaseUrl,
    FCM_CA_FILE: sandbox.caFile,
    FCM_PROJECT_ID: "shop-test",
    APNS_BASE_URL: sandbox.apnsBaseUrl,
    APNS_CA_FILE: sandbox.caFile,
    APNS_KEY_FILE: sandbox.apnsKeyFile,
    APNS_KEY_ID: "SANDBOX",
    APNS_TEAM_ID: "SANDBOX",
    TWILIO_BASE_URL: sandbox.twilioBaseUrl,
    TWILIO_ACCOUNT_SID: "ACsandbox",
    TWILIO_AUTH_TOKEN: SANDBOX_KEYS.twilioAuthToken,
    TWILIO_FROM: "Shop",
  };
}

async function createKey(databaseUrl: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const prisma = createPrisma(pool);
  const keys = createKeyStore({ pool, prisma });
  await keys.ensureClient({ id: CLIENT_ID, name: "Shop" });
  await keys.ensure({ clientId: CLIENT_ID, name: "test", scopes: ["admin"], expiresAt: null, ...KEY });
  await prisma.$disconnect();
  await pool.end();
}
