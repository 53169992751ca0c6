import type { Client } from "@temporalio/client";
import type pg from "pg";
import { type Config, PROVIDER_IDS } from "../config.ts";
import { createEngagementTokens } from "../crypto/engagement-tokens.ts";
import { createUnsubscribeTokens } from "../crypto/unsubscribe-tokens.ts";
import { createAddressHash } from "../database/address-hash.ts";
import { createAlerts } from "../database/alerts.ts";
import { createAuditEvents } from "../database/audit-events.ts";
import { createCancellations } from "../database/cancellations.ts";
import { createCategoryStore } from "../database/categories.ts";
import { createContactStore } from "../database/contacts.ts";
import { createControls } from "../database/controls.ts";
import { createDeadLetters } from "../database/dead-letters.ts";
import { createDecisionFacts } from "../database/decision-facts.ts";
import { forgetting } from "../database/forgetting.ts";
import type { PrismaClient } from "../database/generated/client.ts";
import type { KeptSettings } from "../database/kept-settings.ts";
import { createKeyStore } from "../database/keys.ts";
import { createNotificationViews } from "../database/notification-views.ts";
import { createOptOuts } from "../database/opt-outs.ts";
import { createOutboundEvents } from "../database/outbound-events.ts";
import { createPreferencesStore } from "../database/preferences.ts";
import { createPreviews } from "../database/previews.ts";
import { createProviderStates } from "../database/provider-states.ts";
import { createReceipts } from "../database/receipts.ts";
import { createReplays } from "../database/replays.ts";
import { createRequestCounts } from "../database/request-counts.ts";
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
import { createApiMetrics } from "../observability/api-metrics.ts";
import { createLedgerMetrics } from "../observability/ledger-metrics.ts";
import type { Logger } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import { writtenSecret } from "../outbound/sign-webhook.ts";
import { urlProblem } from "../outbound/url-problem.ts";
import { createWebhooks } from "../providers/configured-webhooks.ts";
import { providersByChannel } from "../provider-settings.ts";
import { settingWarnings } from "../setting-warnings.ts";
import { createSendQueues } from "../temporal/send-queues.ts";
import { createPayloadCodec } from "../temporal/payload-codec.ts";
import { makeApp } from "./app.ts";
import { createBodyHash } from "./body-hash.ts";

/** How long Temporal may take to say how it is. */
const HEALTH_DEADLINE_MS = 2_000;

/** The HTTP application of an API process, with the real database and clocks. */
export function composeApp(parts: {
  config: Config;
  log: Logger;
  processMetrics: Metrics;
  /** Rejects where the database is not fit, and remembers that it is. */
  databaseChecked: () => Promise<void>;
  pool: pg.Pool;
  prisma: PrismaClient;
  client: Client;
  kept: KeptSettings;
}) {
  const { config, log, processMetrics, databaseChecked, pool, prisma, client, kept } = parts;
  const { namespace, uiUrl } = config.temporal;
  const database = { pool, prisma };
  const addressHash = createAddressHash(config.secret);
  const queues = createSendQueues(client, () => Date.now());
  const metrics = createApiMetrics(processMetrics);
  const soon = <T>(call: () => Promise<T>) => client.connection.withDeadline(Date.now() + HEALTH_DEADLINE_MS, call);
  metrics.watchQueues(() => soon(() => queues.stats()));
  return makeApp({
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
    previews: createPreviews(pool),
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
    unsubscribeTokens: createUnsubscribeTokens(config.secret),
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
    workflowUrl: workflowUrlIn(config.temporal),
    channels: providersByChannel(config.providers),
    warnings: settingWarnings(config),
    healthChecks: {
      database: async () => {
        await databaseChecked();
        await pool.query("SELECT 1");
      },
      temporal: () => soon(() => client.workflowService.describeNamespace({ namespace })),
    },
  });
}

/** The address of a workflow's page in Temporal's Web UI; null where none is known. */
function workflowUrlIn({ uiUrl, namespace }: Config["temporal"]): ((workflowId: string) => string) | null {
  if (uiUrl === null) return null;
  return (workflowId) => `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
}
