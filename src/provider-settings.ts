import type { ProviderSettings } from "./config.ts";
import type { Channel } from "./domain/channel.ts";

/** The variables about providers, checked one by one but not yet together. */
export type ProviderVariables = {
  PUBLIC_URL?: string | undefined;
  EMAIL_PROVIDERS?: ProviderSettings["order"]["email"] | undefined;
  EMAIL_FROM?: string | undefined;
  SMTP_URL?: string | undefined;
  SMTP_CA_FILE?: string | undefined;
  SENDGRID_API_KEY?: string | undefined;
  SENDGRID_BASE_URL?: string | undefined;
  SENDGRID_WEBHOOK_PUBLIC_KEY?: string | undefined;
  MAILCHIMP_API_KEY?: string | undefined;
  MAILCHIMP_BASE_URL?: string | undefined;
  MAILCHIMP_WEBHOOK_KEY?: string | undefined;
  SMS_PROVIDERS?: ProviderSettings["order"]["sms"] | undefined;
  TWILIO_ACCOUNT_SID?: string | undefined;
  TWILIO_AUTH_TOKEN?: string | undefined;
  TWILIO_FROM?: string | undefined;
  TWILIO_BASE_URL?: string | undefined;
  VONAGE_API_KEY?: string | undefined;
  VONAGE_API_SECRET?: string | undefined;
  VONAGE_FROM?: string | undefined;
  VONAGE_BASE_URL?: string | undefined;
  VONAGE_SIGNATURE_SECRET?: string | undefined;
  APNS_KEY_FILE?: string | undefined;
  APNS_KEY_ID?: string | undefined;
  APNS_TEAM_ID?: string | undefined;
  APNS_TOPIC?: string | undefined;
  APNS_BASE_URL?: string | undefined;
  APNS_CA_FILE?: string | undefined;
  FCM_CREDENTIALS_FILE?: string | undefined;
  FCM_PROJECT_ID?: string | undefined;
  FCM_BASE_URL?: string | undefined;
  FCM_CA_FILE?: string | undefined;
};
type Variable = keyof ProviderVariables;

/** A provider of which any variable is set is meant to be used, and then needs these. */
const NEEDED: { needed: Variable[]; others: Variable[] }[] = [
  { needed: ["SENDGRID_API_KEY"], others: ["SENDGRID_BASE_URL", "SENDGRID_WEBHOOK_PUBLIC_KEY"] },
  { needed: ["MAILCHIMP_API_KEY"], others: ["MAILCHIMP_BASE_URL", "MAILCHIMP_WEBHOOK_KEY"] },
  { needed: ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"], others: ["TWILIO_BASE_URL"] },
  {
    needed: ["VONAGE_API_KEY", "VONAGE_API_SECRET", "VONAGE_FROM"],
    others: ["VONAGE_BASE_URL", "VONAGE_SIGNATURE_SECRET"],
  },
  { needed: ["APNS_KEY_FILE", "APNS_KEY_ID", "APNS_TEAM_ID"], others: ["APNS_TOPIC", "APNS_BASE_URL", "APNS_CA_FILE"] },
];

/** Nobody's (RFC 2606), and of the form that stand-ins ask for, which `localhost` is not. */
const DEFAULT_FROM = "Tidings <no-reply@tidings.invalid>";
/** They refuse every sender that they have not verified; stand-ins take any. */
const VERIFIES_SENDERS = [
  { key: "SENDGRID_API_KEY", url: "SENDGRID_BASE_URL", itself: /(^|\.)sendgrid\.com$/ },
  { key: "MAILCHIMP_API_KEY", url: "MAILCHIMP_BASE_URL", itself: /(^|\.)mandrillapp\.com$/ },
] as const;

/** What is missing for providers that are configured by half, a variable and a reason each. */
export function providerProblems(values: ProviderVariables): { variable: Variable; message: string }[] {
  const problems = NEEDED.flatMap(({ needed, others }) => {
    const given = [...needed, ...others].find((variable) => values[variable] !== undefined);
    if (given === undefined) return [];
    return needed
      .filter((variable) => values[variable] === undefined)
      .map((variable) => ({ variable, message: `is required when ${given} is set` }));
  });
  for (const { key, url, itself } of VERIFIES_SENDERS) {
    if (values[key] === undefined || values.EMAIL_FROM !== undefined) continue;
    const baseUrl = values[url];
    if (baseUrl !== undefined && !itself.test(new URL(baseUrl).hostname)) continue;
    problems.push({ variable: "EMAIL_FROM", message: `is required when ${key} is set: a verified sender` });
  }
  const settings = providerSettings(values);
  for (const variable of ["EMAIL_PROVIDERS", "SMS_PROVIDERS"] as const) {
    const off = (values[variable] ?? []).filter((id) => settings[id] === null);
    if (off.length > 0)
      problems.push({ variable, message: `names providers that are not configured: ${off.join(", ")}` });
  }
  return problems;
}

/** The settings of every provider that is configured. */
export function providerSettings(values: ProviderVariables): ProviderSettings {
  const providers = {
    smtp: smtpOf(values),
    sendgrid: sendgridOf(values),
    mailchimp: mailchimpOf(values),
    twilio: twilioOf(values),
    vonage: vonageOf(values),
    apns: apnsOf(values),
    fcm: fcmOf(values),
  };
  return {
    ...providers,
    order: {
      email:
        values.EMAIL_PROVIDERS ?? (["smtp", "sendgrid", "mailchimp"] as const).filter((id) => providers[id] !== null),
      sms: values.SMS_PROVIDERS ?? (["twilio", "vonage"] as const).filter((id) => providers[id] !== null),
    },
  };
}

/** The providers of each channel, in the order they are tried; a channel without one is off. */
export function providersByChannel({ order, apns, fcm }: ProviderSettings): Record<Channel, string[]> {
  return { apns: apns === null ? [] : ["apns"], fcm: fcm === null ? [] : ["fcm"], sms: order.sms, email: order.email };
}

/** Whether mails go out with a sender that is nobody's: right for a sandbox, and for nothing else. */
export function sendsAsNobody({ order, ...settings }: ProviderSettings): boolean {
  return order.email.some((id) => settings[id]?.from === DEFAULT_FROM);
}

/**
 * Those that are set up to tell later what became of messages: they know where, and we know their signatures. A stand-in
 * on this machine tells only what it is asked to.
 */
export function tellingProviders({ twilio, vonage, sendgrid, mailchimp }: ProviderSettings): string[] {
  const telling = {
    twilio: twilio !== null && twilio.statusCallbackUrl !== null && !isLoopback(twilio.baseUrl),
    vonage:
      vonage !== null &&
      vonage.statusCallbackUrl !== null &&
      vonage.signatureSecret !== null &&
      !isLoopback(vonage.baseUrl),
    sendgrid: sendgrid !== null && sendgrid.webhookPublicKey !== null && !isLoopback(sendgrid.baseUrl),
    mailchimp: mailchimp !== null && mailchimp.webhookKey !== null && !isLoopback(mailchimp.baseUrl),
  };
  return Object.entries(telling).flatMap(([id, tells]) => (tells ? [id] : []));
}

function smtpOf(values: ProviderVariables): ProviderSettings["smtp"] {
  if (values.SMTP_URL === undefined) return null;
  return { url: values.SMTP_URL, from: values.EMAIL_FROM ?? DEFAULT_FROM, caFile: values.SMTP_CA_FILE ?? null };
}

function sendgridOf(values: ProviderVariables): ProviderSettings["sendgrid"] {
  if (values.SENDGRID_API_KEY === undefined) return null;
  return {
    apiKey: values.SENDGRID_API_KEY,
    from: values.EMAIL_FROM ?? DEFAULT_FROM,
    baseUrl: values.SENDGRID_BASE_URL ?? null,
    webhookPublicKey: values.SENDGRID_WEBHOOK_PUBLIC_KEY ?? null,
  };
}

function mailchimpOf(values: ProviderVariables): ProviderSettings["mailchimp"] {
  if (values.MAILCHIMP_API_KEY === undefined) return null;
  return {
    apiKey: values.MAILCHIMP_API_KEY,
    from: values.EMAIL_FROM ?? DEFAULT_FROM,
    baseUrl: values.MAILCHIMP_BASE_URL ?? null,
    webhookKey: values.MAILCHIMP_WEBHOOK_KEY ?? null,
  };
}

function twilioOf(values: ProviderVariables): ProviderSettings["twilio"] {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_FROM: from } = values;
  if (accountSid === undefined || authToken === undefined || from === undefined) return null;
  return {
    accountSid,
    authToken,
    from,
    baseUrl: values.TWILIO_BASE_URL ?? null,
    statusCallbackUrl: callbackUrl(values.PUBLIC_URL, values.TWILIO_BASE_URL, "/webhooks/twilio"),
  };
}

function vonageOf(values: ProviderVariables): ProviderSettings["vonage"] {
  const { VONAGE_API_KEY: apiKey, VONAGE_API_SECRET: apiSecret, VONAGE_FROM: from } = values;
  if (apiKey === undefined || apiSecret === undefined || from === undefined) return null;
  return {
    apiKey,
    apiSecret,
    from,
    baseUrl: values.VONAGE_BASE_URL ?? null,
    statusCallbackUrl: callbackUrl(values.PUBLIC_URL, values.VONAGE_BASE_URL, "/webhooks/vonage"),
    signatureSecret: values.VONAGE_SIGNATURE_SECRET ?? null,
  };
}

function apnsOf(values: ProviderVariables): ProviderSettings["apns"] {
  const { APNS_KEY_FILE: keyFile, APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId } = values;
  if (keyFile === undefined || keyId === undefined || teamId === undefined) return null;
  return {
    keyFile,
    keyId,
    teamId,
    topic: values.APNS_TOPIC ?? null,
    baseUrl: values.APNS_BASE_URL ?? null,
    caFile: values.APNS_CA_FILE ?? null,
  };
}

function fcmOf(values: ProviderVariables): ProviderSettings["fcm"] {
  if (values.FCM_CREDENTIALS_FILE === undefined && values.FCM_BASE_URL === undefined) return null;
  return {
    projectId: values.FCM_PROJECT_ID ?? null,
    credentialsFile: values.FCM_CREDENTIALS_FILE ?? null,
    baseUrl: values.FCM_BASE_URL ?? null,
    caFile: values.FCM_CA_FILE ?? null,
  };
}

/** Null where the provider could not call it: a cloud cannot reach this machine by its own name, and may refuse to try. */
function callbackUrl(publicUrl: string | undefined, baseUrl: string | undefined, path: string): string | null {
  if (publicUrl === undefined) return null;
  return isLoopback(publicUrl) && baseUrl === undefined ? null : publicUrl.replace(/\/+$/, "") + path;
}

function isLoopback(url: string | null): boolean {
  return url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}
