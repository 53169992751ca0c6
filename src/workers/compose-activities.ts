import { setTimeout as delay } from "node:timers/promises";
import { Context } from "@temporalio/activity";
import type { Client } from "@temporalio/client";
import type pg from "pg";
import { createDeliverEvents } from "../activities/deliver-events.ts";
import { createNotificationActivities } from "../activities/notification-activities.ts";
import { createRepair } from "../activities/repair.ts";
import { createProviderHealth } from "../activities/provider-health.ts";
import { createReplay } from "../activities/replay.ts";
import { createRateTokens } from "../activities/rate-tokens.ts";
import { createAlarm } from "../activities/alarm.ts";
import { type AlertReceiver, createTellAlerts } from "../activities/tell-alerts.ts";
import { createRetain } from "../activities/retain.ts";
import { createSend } from "../activities/send.ts";
import type { TrackedUrls } from "../activities/track-content.ts";
import type { Config } from "../config.ts";
import { createEngagementTokens, type EngagementTokens } from "../crypto/engagement-tokens.ts";
import { createUnsubscribeTokens } from "../crypto/unsubscribe-tokens.ts";
import { createAddressHash } from "../database/address-hash.ts";
import { createAdmissions } from "../database/admissions.ts";
import { createAlerts } from "../database/alerts.ts";
import { createCancellations } from "../database/cancellations.ts";
import { createControls } from "../database/controls.ts";
import { createDecisionFacts } from "../database/decision-facts.ts";
import { createDeliveryAttempts } from "../database/delivery-attempts.ts";
import { createErasures } from "../database/erasures.ts";
import type { KeptSettings } from "../database/kept-settings.ts";
import { createLatePlaces } from "../database/late-places.ts";
import { createOutboundMessages } from "../database/outbound-messages.ts";
import { createOutdatedClaims } from "../database/outdated-claims.ts";
import { createProviderBreakers } from "../database/provider-breakers.ts";
import { createRateLeases } from "../database/rate-leases.ts";
import { createReceipts } from "../database/receipts.ts";
import { createReopenings } from "../database/reopenings.ts";
import { createRepairs } from "../database/repairs.ts";
import { createReplays } from "../database/replays.ts";
import { createReschedules } from "../database/reschedules.ts";
import { createRetention } from "../database/retention.ts";
import { createSealedSecrets } from "../database/sealed-secrets.ts";
import { createSendJobs } from "../database/send-jobs.ts";
import { createStats } from "../database/stats.ts";
import { isDatabaseUnavailable } from "../database/unavailable.ts";
import type { AllowedCountries } from "../domain/country.ts";
import { createLedgerMetrics } from "../observability/ledger-metrics.ts";
import type { Logger } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import { createRepairMetrics } from "../observability/repair-metrics.ts";
import { createOutboundMetrics } from "../observability/outbound-metrics.ts";
import { createCallEndpoint } from "../outbound/call-endpoint.ts";
import { createResolveHost } from "../outbound/resolve-host.ts";
import type { Provider } from "../providers/provider.ts";
import { createNotificationWorkflows } from "../temporal/notification-workflows.ts";
import type { WorkerActivities } from "./create-workers.ts";

/** The activities of a worker process, with the real database, clocks and providers. */
export function composeActivities(parts: {
  pool: pg.Pool;
  kept: KeptSettings;
  providers: readonly Provider[];
  client: Client;
  /** Keys the hashes of addresses. */
  secret: string;
  smsCountriesByDefault: AllowedCountries;
  /** Days; null: for good. */
  retention: { contentDays: number | null; metadataDays: number | null };
  /** How mail programs reach the API; null: they cannot. */
  linkUrl: string | null;
  /** How operators are told, null where they are not, from how many dead letters of an hour on, and whose receipts are missed. */
  operators: { tell: AlertReceiver | null; deadLetterThreshold: number; tellingProviders: readonly string[] };
  /** Which addresses clients may have us call. */
  outbound: Config["outbound"];
  /** Decrypt the secrets that sign what clients are told. */
  payloadKeys: Config["payloadKeys"];
  /** Makes Temporal hold back what the rows say. */
  restoreControls: () => Promise<void>;
  /** Aborted when this process is to stop. */
  stopping: AbortSignal;
  log: Logger;
  metrics: Metrics;
}): WorkerActivities {
  const { pool, kept, providers, client, secret, smsCountriesByDefault, linkUrl, log, metrics } = parts;
  const ledgerMetrics = createLedgerMetrics(metrics);
  const monotonicNow = () => performance.now();
  const alerts = createAlerts(pool);
  const jobs = createSendJobs(pool, kept);
  const facts = createDecisionFacts(pool, kept, smsCountriesByDefault);
  const attempts = createDeliveryAttempts(pool, ledgerMetrics);
  const unsubscribing = createUnsubscribeTokens(secret);
  const engagement = createEngagementTokens(secret);
  const receipts = createReceipts(pool);
  const replays = createReplays(pool);
  const messages = createOutboundMessages(pool);
  const workflows = createNotificationWorkflows(client);
  return {
    notification: {
      ...createRepair({
        repairs: createRepairs(pool),
        replays,
        outdated: createOutdatedClaims(pool),
        erasures: createErasures(pool),
        receipts,
        stats: createStats(pool),
        workflows,
        alarm: createAlarm({ alerts, monotonicNow, log }),
        log,
        restoreControls: parts.restoreControls,
        repaired: createRepairMetrics(metrics),
        now: () => new Date(),
      }),
      ...createTellAlerts({ alerts, log, ...parts.operators }),
      ...createReplay({ replays, reopenings: createReopenings(pool), workflows, monotonicNow, delay }),
      ...createRetain({ retention: createRetention(pool), ...parts.retention, monotonicNow, log }),
      ...createNotificationActivities({
        admissions: createAdmissions(pool),
        facts,
        addressHash: createAddressHash(secret),
        cancellations: createCancellations(pool, ledgerMetrics),
        reschedules: createReschedules(pool),
        jobs,
        attempts,
      }),
    },
    outbound: createDeliverEvents({
      messages,
      secrets: createSealedSecrets(parts.payloadKeys),
      call: createCallEndpoint({ ...parts.outbound, resolveHost: createResolveHost(), now: () => new Date() }),
      observer: createOutboundMetrics(metrics, () => messages.overdue()),
      log,
      random: Math.random,
      now: () => Date.now(),
      monotonicNow,
      pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
      cancelled: () => Context.current().cancellationSignal,
      stopping: parts.stopping,
    }),
    send: createSend({
      jobs,
      attempts,
      controls: createControls(pool),
      facts,
      places: createLatePlaces(pool),
      providers,
      rateTokens: createRateTokens({ leases: createRateLeases(pool), monotonicNow, delay }),
      smsCountriesByDefault,
      unsubscribeUrl: linkUrl === null ? null : (target) => `${linkUrl}/u/${unsubscribing.make(target)}`,
      trackedUrls: linkUrl === null ? null : trackedUrls(linkUrl, engagement),
      pushToken: engagement.push,
      receipts,
      health: createProviderHealth({ breakers: createProviderBreakers(pool), log }),
      isUnavailable: isDatabaseUnavailable,
      random: Math.random,
      monotonicNow,
    }),
  };
}

/** What unsubscribes is not followed: it must lead where it says, and a click is no sign of interest. */
function trackedUrls(linkUrl: string, tokens: EngagementTokens): TrackedUrls {
  const unsubscribing = new URL(`${linkUrl}/u/`).href;
  return {
    open: (attemptId) => `${linkUrl}/o/${tokens.open(attemptId)}`,
    click: (attemptId, url) => (url.startsWith(unsubscribing) ? null : `${linkUrl}/c/${tokens.click(attemptId, url)}`),
  };
}
