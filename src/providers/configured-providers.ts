import type { ProviderSettings } from "../config.ts";
import { createApnsProvider } from "./apns.ts";
import { createFcmProvider } from "./fcm.ts";
import { createMailchimpProvider } from "./mailchimp.ts";
import type { Provider } from "./provider.ts";
import { createSendGridProvider } from "./sendgrid.ts";
import { createSmtpProvider } from "./smtp.ts";
import { createTwilioProvider } from "./twilio.ts";
import { createVonageProvider } from "./vonage.ts";

/**
 * Every provider that is used, those of one channel in the order in which they are to be tried.
 * @throws Error in one sentence for settings that cannot work
 */
export function createProviders(settings: ProviderSettings): Provider[] {
  const { order, smtp, sendgrid, mailchimp, twilio, vonage, apns, fcm } = settings;
  const create = {
    smtp: () => smtp && createSmtpProvider(smtp),
    sendgrid: () => sendgrid && createSendGridProvider(sendgrid),
    mailchimp: () => mailchimp && createMailchimpProvider(mailchimp),
    twilio: () => twilio && createTwilioProvider(twilio),
    vonage: () => vonage && createVonageProvider(vonage),
    apns: () => apns && createApnsProvider(apns),
    fcm: () => fcm && createFcmProvider(fcm),
  };
  const ids = ["apns", "fcm", ...order.sms, ...order.email] as const;
  return ids.map((id) => create[id]()).filter((provider) => provider !== null);
}
