import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { checkDatabase } from "../check-database.ts";
import { type Config, PROVIDER_IDS } from "../config.ts";
import { createAddressHash } from "../database/address-hash.ts";
import { createAlerts } from "../database/alerts.ts";
import { createAuditEvents } from "../database/audit-events.ts";
import { createCancellations } from "../database/cancellations.ts";
import { createCategoryStore } from "../database/categories.ts";
import { createContactStore } from "../database/contacts.ts";
import { createContentKeys } from "../database/content-keys.ts";
import { createControls } from "../database/controls.ts";
import { createDeadLetters } from "../database/dead-letters.ts";
import { createDecisionFacts } from "../database/decision-facts.ts";
import { forgetting } from "../database/forgetting.ts";
import { createKeyStore } from "../database/keys.ts";
import { createOptOuts } from "../database/opt-outs.ts";
import { createNotificationViews } from "../database/notification-views.ts";
import { createOutboundEvents } from "../database/outbound-events.ts";
import { createPool } from "../database/pool.ts";
import { createPreferencesStore } from "../database/preferences.ts";
import { createPrisma } from "../database/prisma.ts";
import { createProviderStates } from "../database/provider-states.ts";
import { createRateBookings } from "../database/rate-bookings.ts";
import { createRequestCounts } from "../database/request-counts.ts";
import { createReceipts } from "../database/receipts.ts";
import { createReplays } from "../database/replays.ts";
import { createRequestFacts } from "../database/request-facts.ts";
import { createReschedules } from "../database/reschedules.ts";
import { createSealedSecrets } from "../database/sealed-secrets.ts";
import { createSettingsStore } from "../database/settings.ts";
import { createSmsCaps } from "../database/sms-caps.ts";
import { createStats } from "../database/stats.ts";
import { createSuppressionStore } from "../database/suppressions.ts";
import { createTemplateStore } from "../database/templates.ts";
import { createTopicStore } from "../database/topics.ts";
import { isDatabaseUnavailable } from "../database/unavailable.ts";
import { createUnsubscriptions } from "../database/unsubscriptions.ts";
import { createUserNotifications } from "../database/user-notifications.ts";
import { createUserStore } from "../database/users.ts";
import { createWebhookEndpoints } from "../database/webhook-endpoints.ts";
import { createEngagementTokens } from "../engagement-tokens.ts";
import { keepSettings } from "../keep-settings.ts";
import { createApiMetrics } from "../observability/api-metrics.ts";
import { createLedgerMetrics } from "../observability/ledger-metrics.ts";
import { listen } from "../listen.ts";
import { createLinkTokens } from "../link-tokens.ts";
import { createLog, type Logger } from "../observability/log.ts";
import { createMetrics } from "../observability/metrics.ts";
import { reasonOf } from "../observability/reason-of.ts";
import { serveApart } from "../serve-apart.ts";
import { stopSignal } from "../stop-signal.ts";
import { writtenSecret } from "../outbound/sign-webhook.ts";
import { urlProblem } from "../outbound/url-problem.ts";
import { createWebhooks } from "../providers/configured-webhooks.ts";
import { providersByChannel } from "../provider-settings.ts";
import { rememberSuccess } from "../remember-success.ts";
import { connectClient } from "../temporal/connection.ts";
import { createDataConverter } from "../temporal/data-converter.ts";
import { createSendQueues } from "../temporal/send-queues.ts";
import { createPayloadCodec } from "../temporal/payload-codec.ts";
import { makeApp } from "./app.ts";
import { createBodyHash } from "./body-hash.ts";
import { openMetricsRoutes } from "./routes/metrics.ts";

/**
 * Longer than the 60 s after which common proxies let go of an idle connection: who closes first must be the one who
 * sends, or a request meets a connection that is just being closed, and the proxy answers 502 for it.
 */
const KEEP_ALIVE_MS = 75_000;
const DRAIN_MS = 10_000;
const HEALTH_DEADLINE_MS = 2_000;

/**
 * The API process. It starts without database and Temporal, and answers 503 until they are there. It stops on SIGTERM
 * and SIGINT once the requests under way are answered, and with its parent where it was started with an IPC channel.
 * @throws {ConfigError} when the database is not migrated, a payload key that is in use is missing, or a port is taken
 */
export async function serve(config: Config): Promise<never> {
  const log = createLog("api", config.logLevel);
  const processMetrics = createMetrics();
  const metrics = createApiMetrics(processMetrics);
  const stop = stopSignal();
  const pool = createPool(config.databaseUrl, { max: 20, applicationName: "tidings-api" });
  processMetrics.watchPool(pool);
  const prisma = createPrisma(pool);
  const databaseChecked = rememberSuccess(() => checkDatabase(pool, config));
  const client = connectClient(config.temporal, createDataConverter(config.payloadKeys));
  const database = { pool, prisma };
  const { databaseUrl } = config;
  const { kept, ...changes } = keepSettings({
    pool,
    databaseUrl,
    applicationName: "tidings-api",
    counted: processMetrics.cacheAsked,
  });
  const addressHash = createAddressHash(config.secret);
  const { namespace, uiUrl } = config.temporal;
  const queues = createSendQueues(client, () => Date.now());
  metrics.watchQueues(() => client.connection.withDeadline(Date.now() + HEALTH_DEADLINE_MS, () => queues.stats()));
  const app = makeApp({
    log,
    metrics,
    metricsText: () => processMetrics.text(),
    isDatabaseUnavailable,
    databaseChecked,
    now: () => new Date(),
    keys: createKeyStore(database),
    requestCounts: createRequestCounts(pool),
    users: forgetting("users", createUserStore(database), kept),
    contacts: createContactStore({ ...database, addressHash }),
    addressHash,
    decisionFacts: createDecisionFacts(pool, kept, config.smsCountriesByDefault),
    bookings: createRateBookings(pool),
    contentKeys: createContentKeys(pool),
    preferences: createPreferencesStore(database),
    topics: createTopicStore(database),
    suppressions: createSuppressionStore({ pool, addressHash }),
    userNotifications: createUserNotifications(pool),
    categories: forgetting("categories", createCategoryStore(database), kept),
    templates: forgetting("templates", createTemplateStore(database), kept),
    settings: forgetting("settings", createSettingsStore(pool), kept),
    controls: createControls(pool),
    providerStates: createProviderStates(pool),
    queues,
    stats: createStats(pool),
    smsCaps: createSmsCaps(pool),
    providerIds: PROVIDER_IDS,
    unsubscriptions: createUnsubscriptions(pool),
    linkTokens: createLinkTokens(config.secret),
    engagementTokens: createEngagementTokens(config.secret),
    webhooks: createWebhooks(config.providers, config.http.publicUrl),
    receipts: createReceipts(pool),
    optOuts: createOptOuts({ pool, addressHash }),
    client,
    requestFacts: createRequestFacts(pool, kept),
    views: createNotificationViews(pool),
    cancellations: createCancellations(pool, createLedgerMetrics(processMetrics)),
    reschedules: createReschedules(pool),
    deadLetters: createDeadLetters(pool),
    alerts: createAlerts(pool),
    auditEvents: createAuditEvents(pool),
    webhookEndpoints: createWebhookEndpoints({ pool, secrets: createSealedSecrets(config.payloadKeys) }),
    outboundEvents: createOutboundEvents(pool),
    urlProblem: (url) => urlProblem(url, config.outbound),
    writtenSecret,
    replays: createReplays(pool),
    hashBody: createBodyHash(config.secret),
    payloadCodec: createPayloadCodec(config.payloadKeys),
    webUiOrigin: uiUrl === null ? null : new URL(uiUrl).origin,
    webUiIsTrusted: config.environment === "development",
    publicUrl: config.http.publicUrl,
    workflowUrl:
      uiUrl === null
        ? null
        : (workflowId) => `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`,
    channels: providersByChannel(config.providers),
    healthChecks: {
      database: async () => {
        await databaseChecked();
        await pool.query("SELECT 1");
      },
      temporal: () =>
        client.connection.withDeadline(Date.now() + HEALTH_DEADLINE_MS, () =>
          client.workflowService.describeNamespace({ namespace }),
        ),
    },
  });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app);
  let metricsServer: { close(): Promise<void> } | null = null;
  try {
    await refuseUnfitDatabase(databaseChecked, log);
    await listen(server, { variable: "PORT", ...config.http });
    const apart = express()
      .disable("x-powered-by")
      .use(openMetricsRoutes(() => processMetrics.text()));
    metricsServer = await serveApart(apart, {
      variable: "METRICS_PORT",
      port: config.metricsPort,
      host: config.http.host,
    });
    announceReady(log, server);
    await aborted(stop);
    await drain(server, log);
  } finally {
    await metricsServer?.close();
    await changes.stop();
    await prisma.$disconnect();
    await pool.end();
  }
  log.info("stopped");
  // The Temporal client repeats calls from timers of its own, which outlive their callers, and fails loudly where the
  // connection was closed meanwhile: so it is never closed, and the process ends here.
  process.exit();
}

/** @throws {ConfigError} what must be mended; a database that is away is asked again by the first request */
async function refuseUnfitDatabase(checked: () => Promise<void>, log: Logger): Promise<void> {
  try {
    await checked();
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    log.warn({ dependency: "database", code: reasonOf(error) }, "starting without PostgreSQL");
  }
}

function announceReady(log: Logger, server: Server): void {
  const { address, port } = server.address() as AddressInfo;
  log.info({ address, port }, "listening");
  process.stdout.write(`${JSON.stringify({ ready: true, port })}\n`);
  process.send?.("ready");
}

/** Takes no new connections and waits for the requests under way, for as long as it must. */
async function drain(server: Server, log: Logger): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadline = setTimeout(() => {
    log.warn("requests are still under way; breaking them off");
    server.closeAllConnections();
  }, DRAIN_MS);
  // A kept-alive connection would otherwise stay open after its last answer.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
