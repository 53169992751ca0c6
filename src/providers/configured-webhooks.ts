import type { ProviderSettings } from "../config.ts";
import { createMailchimpWebhook } from "./mailchimp-webhook.ts";
import { createSendGridWebhook } from "./sendgrid-webhook.ts";
import { createTwilioWebhook } from "./twilio-webhook.ts";
import { createVonageWebhook } from "./vonage-webhook.ts";
import type { Webhook } from "./webhook.ts";

/** The providers that tell what became of messages, by the name in the URL they call. */
export const WEBHOOK_PROVIDERS = ["twilio", "vonage", "sendgrid", "mailchimp"] as const;
export type WebhookProvider = (typeof WEBHOOK_PROVIDERS)[number];

/**
 * Their webhooks; one without a key refuses everything.
 * @param publicUrl what providers know this service as, without a slash at its end
 * @throws Error in one sentence for settings that cannot work
 */
export function createWebhooks(settings: ProviderSettings, publicUrl: string): Record<WebhookProvider, Webhook> {
  return {
    twilio: createTwilioWebhook(settings.twilio, publicUrl),
    vonage: createVonageWebhook(settings.vonage?.signatureSecret ?? null),
    sendgrid: createSendGridWebhook(settings.sendgrid?.webhookPublicKey ?? null),
    mailchimp: createMailchimpWebhook(settings.mailchimp?.webhookKey ?? null, publicUrl),
  };
}
