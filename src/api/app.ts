import express, { type Express } from "express";
import type { KeyStore } from "../database/keys.ts";
import type { RequestCounts } from "../database/request-counts.ts";
import type { ApiMetrics } from "../observability/api-metrics.ts";
import type { Logger } from "../observability/log.ts";
import { authenticate } from "./middleware/authenticate.ts";
import { limitRequests } from "./middleware/limit-requests.ts";
import { measureRequests } from "./middleware/measure-requests.ts";
import { notFound, problems } from "./middleware/problems.ts";
import { requestId } from "./middleware/request-id.ts";
import { requestLog } from "./middleware/request-log.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { makeDocument } from "./openapi/document.ts";
import { alertRoutes, type AlertRouteDependencies } from "./routes/alerts.ts";
import { auditRoutes, type AuditRouteDependencies } from "./routes/audit.ts";
import { categoryRoutes, type CategoryRouteDependencies } from "./routes/categories.ts";
import { codecRoutes, type CodecRouteDependencies } from "./routes/codec.ts";
import { contactRoutes, type ContactRouteDependencies } from "./routes/contacts.ts";
import { controlRoutes, type ControlRouteDependencies } from "./routes/controls.ts";
import { deadLetterRoutes, type DeadLetterRouteDependencies } from "./routes/dead-letters.ts";
import { documentationRoutes } from "./routes/documentation.ts";
import { engagementRoutes, type EngagementRouteDependencies } from "./routes/engagement.ts";
import { healthRoutes, type HealthRouteDependencies } from "./routes/health.ts";
import { keyRoutes, type KeyRouteDependencies } from "./routes/keys.ts";
import { metricsRoutes, type MetricsRouteDependencies } from "./routes/metrics.ts";
import { notificationRoutes, type NotificationRouteDependencies } from "./routes/notifications.ts";
import { preferencesRoutes, type PreferencesRouteDependencies } from "./routes/preferences.ts";
import { pushReportRoutes, type PushReportRouteDependencies } from "./routes/push-reports.ts";
import { settingsRoutes, type SettingsRouteDependencies } from "./routes/settings.ts";
import { statsRoutes, type StatsRouteDependencies } from "./routes/stats.ts";
import { suppressionRoutes, type SuppressionRouteDependencies } from "./routes/suppressions.ts";
import { templateRoutes, type TemplateRouteDependencies } from "./routes/templates.ts";
import { topicRoutes, type TopicRouteDependencies } from "./routes/topics.ts";
import { unsubscribeRoutes, type UnsubscribeRouteDependencies } from "./routes/unsubscribe.ts";
import { userExportRoutes, type UserExportRouteDependencies } from "./routes/user-export.ts";
import { userRoutes, type UserRouteDependencies } from "./routes/users.ts";
import { webhookEndpointRoutes, type WebhookEndpointRouteDependencies } from "./routes/webhook-endpoints.ts";
import { webhookRoutes, type WebhookRouteDependencies } from "./routes/webhooks.ts";

/** Each router names what it needs; a new one adds its part here and its line below. */
export type ApiDependencies = AlertRouteDependencies &
  AuditRouteDependencies &
  CategoryRouteDependencies &
  CodecRouteDependencies &
  ContactRouteDependencies &
  ControlRouteDependencies &
  DeadLetterRouteDependencies &
  EngagementRouteDependencies &
  HealthRouteDependencies &
  KeyRouteDependencies &
  MetricsRouteDependencies &
  NotificationRouteDependencies &
  PreferencesRouteDependencies &
  PushReportRouteDependencies &
  SettingsRouteDependencies &
  StatsRouteDependencies &
  SuppressionRouteDependencies &
  TemplateRouteDependencies &
  TopicRouteDependencies &
  UnsubscribeRouteDependencies &
  UserExportRouteDependencies &
  UserRouteDependencies &
  WebhookEndpointRouteDependencies &
  WebhookRouteDependencies & {
    keys: KeyStore;
    requestCounts: RequestCounts;
    log: Logger;
    metrics: ApiMetrics;
    isDatabaseUnavailable: (error: unknown) => boolean;
    /** Rejects as long as the database has not been found fit for this code and its payload keys. */
    databaseChecked: () => Promise<void>;
  };

/** The HTTP API. Routers are tried in this order; all under /v1 are behind authentication. */
export function makeApp(deps: ApiDependencies): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");

  app.use(requestId());
  app.use(requestLog(deps.log));
  app.use(measureRequests(deps.metrics));
  app.use(securityHeaders());

  app.use(healthRoutes(deps));
  app.use(documentationRoutes({ document: makeDocument(deps.publicUrl) }));
  app.use(metricsRoutes(deps));
  app.use(codecRoutes(deps));

  // Readers get what they asked for, with a database or without.
  app.use(engagementRoutes(deps));
  app.use(["/v1", "/webhooks", "/u"], async (_request, _response, next) => {
    await deps.databaseChecked();
    next();
  });
  app.use(webhookRoutes(deps));
  app.use(unsubscribeRoutes(deps));
  app.use(pushReportRoutes(deps));
  app.use("/v1", authenticate(deps.keys), limitRequests(deps.requestCounts));
  app.use(notificationRoutes(deps));
  app.use(deadLetterRoutes(deps));
  app.use(alertRoutes(deps));
  app.use(auditRoutes(deps));
  app.use(userRoutes(deps));
  app.use(contactRoutes(deps));
  app.use(preferencesRoutes(deps));
  app.use(topicRoutes(deps));
  app.use(userExportRoutes(deps));
  app.use(suppressionRoutes(deps));
  app.use(categoryRoutes(deps));
  app.use(templateRoutes(deps));
  app.use(settingsRoutes(deps));
  app.use(keyRoutes(deps));
  app.use(controlRoutes(deps));
  app.use(statsRoutes(deps));
  app.use(webhookEndpointRoutes(deps));

  app.use(notFound());
  app.use(problems(deps));
  return app;
}
