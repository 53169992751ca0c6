import { join } from "node:path";
import { SANDBOX_KEYS, SENDGRID_PUBLIC_KEY } from "../sandbox/sandbox-keys.ts";
import type { PortName } from "./launcher-config.ts";
import type { Stack } from "./stack.ts";

/** Any of these set: the developer uses a provider of their own for that channel, and the sandbox stays out of it. */
const OWN_SETTINGS = {
  email: ["SMTP_URL", "SENDGRID_API_KEY", "SENDGRID_BASE_URL", "MAILCHIMP_API_KEY", "MAILCHIMP_BASE_URL"],
  fcm: ["FCM_CREDENTIALS_FILE", "FCM_BASE_URL"],
  apns: ["APNS_KEY_FILE", "APNS_KEY_ID", "APNS_TEAM_ID", "APNS_BASE_URL"],
  sms: [
    ...["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TWILIO_BASE_URL"],
    ...["VONAGE_API_KEY", "VONAGE_API_SECRET", "VONAGE_FROM", "VONAGE_BASE_URL"],
  ],
} as const;

/**
 * The environment of the API and the workers: the developer's own, the addresses of what the launcher runs, and the
 * sandbox for each channel without a provider of the developer's own.
 */
export function serviceEnvironment(options: {
  environment: NodeJS.ProcessEnv;
  stack: Stack;
  ports: Record<PortName, number>;
  databaseUrl: string;
  /** Null: the developer's own Temporal, whose settings stay as they are. */
  embeddedTemporal: { address: string; uiUrl: string } | null;
  /** Where the sandbox keeps its certificate and its APNs key. */
  sandboxDirectory: string;
}): NodeJS.ProcessEnv {
  const { environment, stack, ports, embeddedTemporal } = options;
  const isSet = (name: string) => (environment[name] ?? "") !== "";
  // Settings for another Temporal (TLS, an API key, a profile) would not fit the embedded one.
  const inherited = Object.entries(environment).filter(
    ([name]) => embeddedTemporal === null || !name.startsWith("TEMPORAL_"),
  );
  const service: NodeJS.ProcessEnv = {
    ...Object.fromEntries(inherited),
    PORT: String(ports.api),
    PUBLIC_URL: environment.PUBLIC_URL || `http://127.0.0.1:${ports.api}`,
    DATABASE_URL: options.databaseUrl,
  };
  if (embeddedTemporal !== null) {
    // An empty file would be an error to Temporal's reader of profiles; none at all is not.
    service.TEMPORAL_CONFIG_FILE = "/nonexistent";
    service.TEMPORAL_ADDRESS = embeddedTemporal.address;
    service.TEMPORAL_NAMESPACE = stack.temporal.namespace;
    service.TEMPORAL_UI_URL = embeddedTemporal.uiUrl;
  }
  const sandbox = sandboxSettings(stack, ports, options.sandboxDirectory);
  for (const [channel, own] of Object.entries(OWN_SETTINGS) as [keyof typeof OWN_SETTINGS, readonly string[]][]) {
    if (own.some(isSet)) continue;
    for (const [name, value] of Object.entries(sandbox[channel])) if (!isSet(name)) service[name] = value;
  }
  return service;
}

/** What makes the real SDKs talk to the sandbox, by channel. */
function sandboxSettings(
  stack: Stack,
  ports: Record<PortName, number>,
  directory: string,
): Record<keyof typeof OWN_SETTINGS, Record<string, string>> {
  const caFile = join(directory, "ca.pem");
  return {
    email: {
      SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
      SENDGRID_BASE_URL: `http://127.0.0.1:${ports.sendgrid}`,
      SENDGRID_API_KEY: "SG.sandbox",
      SENDGRID_WEBHOOK_PUBLIC_KEY: SENDGRID_PUBLIC_KEY,
      MAILCHIMP_WEBHOOK_KEY: SANDBOX_KEYS.mailchimpWebhookKey,
      MAILCHIMP_BASE_URL: `http://127.0.0.1:${ports.mailchimp}`,
      MAILCHIMP_API_KEY: "sandbox",
      EMAIL_FROM: stack.emailFrom,
    },
    fcm: {
      FCM_BASE_URL: `https://127.0.0.1:${ports.fcm}`,
      FCM_CA_FILE: caFile,
      FCM_PROJECT_ID: stack.fcmProjectId,
    },
    apns: {
      APNS_BASE_URL: `https://127.0.0.1:${ports.apns}`,
      APNS_CA_FILE: caFile,
      APNS_KEY_FILE: join(directory, "apns-key.p8"),
      APNS_KEY_ID: "SANDBOX",
      APNS_TEAM_ID: "SANDBOX",
    },
    sms: {
      TWILIO_BASE_URL: `http://127.0.0.1:${ports.twilio}`,
      TWILIO_ACCOUNT_SID: "ACsandbox",
      TWILIO_AUTH_TOKEN: SANDBOX_KEYS.twilioAuthToken,
      TWILIO_FROM: "Tidings",
      VONAGE_BASE_URL: `http://127.0.0.1:${ports.vonage}`,
      VONAGE_API_KEY: "sandbox",
      VONAGE_API_SECRET: "sandbox",
      VONAGE_FROM: "Tidings",
      VONAGE_SIGNATURE_SECRET: SANDBOX_KEYS.vonageSignatureSecret,
    },
  };
}
