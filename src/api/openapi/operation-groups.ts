import { alertOperations } from "../routes/alerts.ts";
import { auditOperations } from "../routes/audit.ts";
import { categoryOperations } from "../routes/categories.ts";
import { codecOperations } from "../routes/codec.ts";
import { contactOperations } from "../routes/contacts.ts";
import { controlOperations } from "../routes/controls.ts";
import { deadLetterOperations } from "../routes/dead-letters.ts";
import { documentationOperations } from "../routes/documentation.ts";
import { engagementOperations } from "../routes/engagement.ts";
import { healthOperations } from "../routes/health.ts";
import { keyOperations } from "../routes/keys.ts";
import { metricsOperations } from "../routes/metrics.ts";
import { notificationOperations } from "../routes/notifications.ts";
import { preferencesOperations } from "../routes/preferences.ts";
import { pushReportOperations } from "../routes/push-reports.ts";
import { settingsOperations } from "../routes/settings.ts";
import { statsOperations } from "../routes/stats.ts";
import { suppressionOperations } from "../routes/suppressions.ts";
import { templateOperations } from "../routes/templates.ts";
import { topicOperations } from "../routes/topics.ts";
import { unsubscribeOperations } from "../routes/unsubscribe.ts";
import { userExportOperations } from "../routes/user-export.ts";
import { userOperations } from "../routes/users.ts";
import { webhookEndpointOperations } from "../routes/webhook-endpoints.ts";
import { webhookOperations } from "../routes/webhooks.ts";
import type { OperationGroup } from "./operation.ts";

/** Every route of the API, in the order of the document. A guard test compares them with what is mounted. */
export const operationGroups: readonly OperationGroup[] = [
  {
    name: "Notifications",
    description: "One request to one user. A client sees its own only.",
    operations: notificationOperations,
  },
  {
    name: "Dead letters",
    description: "What failed for good, and sending it again.",
    operations: deadLetterOperations,
  },
  { name: "Alerts", description: "What operators should know.", operations: alertOperations },
  { name: "Audit", description: "Who changed what.", operations: auditOperations },
  {
    name: "Users",
    description: "Recipients, by the caller's own user ID. Every client of the installation reaches the same ones.",
    operations: { ...userOperations, ...userExportOperations },
  },
  {
    name: "Contacts",
    description:
      "A user's addresses and devices. Push goes to every active device; email and SMS go to the primary address, else to the newest.",
    operations: contactOperations,
  },
  {
    name: "Preferences",
    description: "What a user wants to get, and when not to be disturbed.",
    operations: preferencesOperations,
  },
  { name: "Topics", description: "What a user is subscribed to.", operations: topicOperations },
  {
    name: "Suppressions",
    description: "Addresses that must not be sent to, whoever has them. They are kept as keyed hashes.",
    operations: suppressionOperations,
  },
  {
    name: "Categories",
    description: "Kinds of notification, shared by every client of the installation.",
    operations: categoryOperations,
  },
  {
    name: "Templates",
    description: "Texts in Liquid, by locale and channel, in versions that never change.",
    operations: templateOperations,
  },
  { name: "Settings", description: "What holds for everybody.", operations: settingsOperations },
  { name: "Keys", description: "API keys, for administrators.", operations: keyOperations },
  {
    name: "Pauses and rates",
    description: "An operator may hold a channel or a provider back.",
    operations: controlOperations,
  },
  { name: "Statistics", description: "How much of what, by day.", operations: statsOperations },
  {
    name: "Webhook endpoints",
    description: "Where a client is told what becomes of its notifications. A client sees its own only.",
    operations: webhookEndpointOperations,
  },
  {
    name: "Webhooks",
    description: "For the providers, which tell later what became of messages.",
    operations: webhookOperations,
  },
  {
    name: "Unsubscribing",
    description: "For readers of mails, and for their mail programs.",
    operations: unsubscribeOperations,
  },
  {
    name: "Opens and clicks",
    description: "For readers of mails and their mail programs, and for apps that got a push.",
    operations: { ...engagementOperations, ...pushReportOperations },
  },
  {
    name: "Health",
    description: "For load balancers, supervisors and scrapers.",
    operations: { ...healthOperations, ...metricsOperations },
  },
  {
    name: "Codec",
    description: "Translates what travels through Temporal encrypted, for its Web UI and CLI.",
    operations: codecOperations,
  },
  { name: "Documentation", description: "This document.", operations: documentationOperations },
];
