import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import { z } from "zod";
import type { AllowedCountries } from "./domain/country.ts";
import { type Network, networkOf } from "./domain/public-address.ts";
import { httpOrigin } from "./network/http-origin.ts";
import { providerProblems, providerSettings } from "./provider-settings.ts";

/** Where development keeps the secrets that production must be given. */
const DEVELOPMENT_SECRETS_FILE = ".tidings/development-secrets.json";

const text = z.string().min(1);
const url = z.url({ protocol: /^https?$/ });
const list = <const Known extends readonly [string, ...string[]]>(known: Known) =>
  text
    .transform((value) => value.split(",").map((part) => part.trim()))
    .pipe(
      z.array(z.enum(known)).refine((items) => new Set(items).size === items.length, "must not name a provider twice"),
    );

/**
 * Another server in a provider's place: scheme, host and port, and where the SDK can do that, a path before its own.
 * `own` is where the SDK's path begins: documentation gives base URLs with it. Plain HTTP is for stand-ins: it shows the
 * credentials to everybody on the way.
 */
const standIn = (options: { path: boolean; own?: string }) =>
  url
    .refine(
      (value) => {
        const { pathname, search, hash, username } = URL.parse(value) ?? new URL("http://x");
        return search + hash + username === "" && (options.path || pathname === "/");
      },
      `must be a URL without ${options.path ? "" : "path, "}query or password`,
    )
    .transform((value) => value.replace(/\/+$/, ""))
    .refine(
      (value) => options.own === undefined || !value.endsWith(options.own),
      `must be given without ${options.own}, which is added`,
    )
    .refine(
      (value) => !/^http:\/\/([^/:]+\.)?(twilio|sendgrid|nexmo|vonage|mandrillapp)\.com(:|\/|$)/i.test(value),
      "must be https",
    );

/** Days; null: for good. */
const retention = z
  .literal("never")
  .transform(() => null)
  .or(z.coerce.number("must be a number of days, or never").int().min(1).max(36_500));

/** `<id>:<base64 of 32 bytes>,…`; the first one encrypts. */
const payloadKeys = text.transform((value, context): [PayloadKey, ...PayloadKey[]] => {
  const keys = value.split(",").map((entry) => {
    const [id = "", base64 = ""] = entry.trim().split(":");
    return { id, bytes: Buffer.from(base64, "base64") };
  });
  const [first, ...others] = keys;
  const wellFormed = keys.every(({ id, bytes }) => /^[A-Za-z0-9._-]{1,64}$/.test(id) && bytes.length === 32);
  if (first !== undefined && wellFormed && new Set(keys.map(({ id }) => id)).size === keys.length) {
    return [first, ...others];
  }
  const message = "must be <id>:<base64 of 32 bytes>, several separated by commas, each id once";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

/** `<address>/<bits>,…` */
const networks = text.transform((value, context): Network[] => {
  try {
    return value.split(",").map((part) => networkOf(part.trim()));
  } catch {
    context.addIssue({ code: "custom", message: "must be networks such as 10.1.0.0/16, separated by commas" });
    return z.NEVER;
  }
});

/** Endpoints on a developer's own machine. */
const OWN_HOST = ["127.0.0.0/8", "::1/128"].map(networkOf);

/** As Standard Webhooks write it: 24 to 64 bytes. */
const webhookSecret = text
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, "must be whsec_ and base64")
  .transform((value) => Buffer.from(value.slice("whsec_".length), "base64"))
  .refine((bytes) => bytes.length >= 24 && bytes.length <= 64, "must have 24 to 64 bytes");

const environment = z.object({
  TIDINGS_ENV: z.enum(["development", "production"]).default("development"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  HOST: text.default("127.0.0.1"),
  PUBLIC_URL: url.optional(),
  METRICS_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  WORKER_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  WORKFLOW_BUNDLE: text.optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  TEMPORAL_UI_URL: url.optional(),
  TIDINGS_PAYLOAD_KEYS: payloadKeys.optional(),
  ALERT_WEBHOOK_URL: url.optional(),
  ALERT_WEBHOOK_SECRET: webhookSecret.optional(),
  ALERT_DEAD_LETTERS: z.coerce.number().int().min(1).default(10),
  OUTBOUND_ALLOWED_NETWORKS: networks.optional(),
  TIDINGS_SECRET: text.min(32, "must have at least 32 characters").optional(),
  RETENTION_CONTENT_DAYS: retention.default(30),
  RETENTION_METADATA_DAYS: retention.default(400),
  EMAIL_PROVIDERS: list(["smtp", "sendgrid", "mailchimp"]).optional(),
  EMAIL_FROM: text.optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  SMTP_CA_FILE: text.optional(),
  SENDGRID_API_KEY: text.optional(),
  SENDGRID_BASE_URL: standIn({ path: true, own: "/v3" }).optional(),
  SENDGRID_WEBHOOK_PUBLIC_KEY: text.optional(),
  MAILCHIMP_API_KEY: text.optional(),
  MAILCHIMP_BASE_URL: standIn({ path: true, own: "/api/1.3" }).optional(),
  MAILCHIMP_WEBHOOK_KEY: text.optional(),
  SMS_PROVIDERS: list(["twilio", "vonage"]).optional(),
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC\w+$/, "must be the account's SID, which begins with AC")
    .optional(),
  TWILIO_AUTH_TOKEN: text.optional(),
  TWILIO_FROM: z
    .string()
    .regex(
      /^(\+[1-9]\d{1,14}|MG\w{32}|[A-Za-z0-9 &_-]{1,11})$/,
      "must be a phone number such as +15551234567, a sender's name of at most 11 characters, or a Messaging Service SID",
    )
    .optional(),
  TWILIO_BASE_URL: standIn({ path: true, own: "/2010-04-01" }).optional(),
  VONAGE_API_KEY: text.optional(),
  VONAGE_API_SECRET: text.optional(),
  VONAGE_FROM: z
    .string()
    .regex(
      /^(\+?[1-9]\d{4,14}|[A-Za-z0-9 &_-]{1,11})$/,
      "must be a phone number such as +15551234567, or a sender's name of at most 11 characters",
    )
    .optional(),
  VONAGE_BASE_URL: standIn({ path: true, own: "/sms" }).optional(),
  VONAGE_SIGNATURE_SECRET: text.optional(),
  APNS_KEY_FILE: text.optional(),
  APNS_KEY_ID: text.optional(),
  APNS_TEAM_ID: text.optional(),
  APNS_TOPIC: text.optional(),
  APNS_BASE_URL: standIn({ path: false }).optional(),
  APNS_CA_FILE: text.optional(),
  FCM_CREDENTIALS_FILE: text.optional(),
  FCM_PROJECT_ID: text.optional(),
  FCM_BASE_URL: standIn({ path: false }).optional(),
  FCM_CA_FILE: text.optional(),
});

const wholeEnvironment = environment.superRefine((values, context) => {
  for (const { variable, message } of providerProblems(values)) {
    context.addIssue({ code: "custom", path: [variable], message });
  }
});

export type Config = {
  environment: "development" | "production";
  logLevel: string;
  http: {
    host: string;
    port: number;
    publicUrl: string;
    /** The public URL if it was given, since the one above is a guess otherwise. */
    givenPublicUrl: string | null;
    /** The public URL for links that mail programs call by themselves: in production https or none (RFC 8058). */
    linkUrl: string | null;
  };
  /** Where the API process shows its metrics without a key; null: nowhere. */
  metricsPort: number | null;
  /** Where a worker process answers `/healthz`, `/readyz` and `/metrics`; null: nowhere. */
  workerHealthPort: number | null;
  /** The file that holds the workflow code in one; null: each worker makes its own. */
  workflowBundle: string | null;
  databaseUrl: string;
  alerts: {
    /** Whom to tell; null: nobody. `secret` signs what is told. */
    webhook: { url: string; secret: Buffer | null } | null;
    /** Dead letters of a client within an hour, from which on there is an alert. */
    deadLetters: number;
  };
  /**
   * Where SMS may go to as long as the settings do not say: everywhere in development, nowhere in production, where
   * premium numbers of far countries are what fraud is after.
   */
  smsCountriesByDefault: AllowedCountries;
  temporal: TemporalSettings;
  /** Encrypt what travels through Temporal; the first one is used for new payloads, the others still decrypt. */
  payloadKeys: [PayloadKey, ...PayloadKey[]];
  /** For how many days after its end a notification keeps its content, and all else of it is kept; null: for good. */
  retention: { contentDays: number | null; metadataDays: number | null };
  /** Which URLs clients may have us call: of public addresses, and of these networks; whether http is enough. */
  outbound: { allowed: readonly Network[]; plainHttp: boolean };
  /** Keys the hashes of bodies and addresses. Never rotated: the hashes are compared for good. */
  secret: string;
  providers: ProviderSettings;
};

export type TemporalSettings = {
  /** Address, TLS, API key and headers, as Temporal's own variables and profiles give them (TEMPORAL_ADDRESS, …). */
  connection: ConnectionSettings;
  namespace: string;
  uiUrl: string | null;
};

type ConnectionSettings = Pick<
  ReturnType<typeof loadClientConnectConfig>["connectionOptions"],
  "address" | "tls" | "apiKey" | "metadata"
>;

/** AES-256: 32 bytes. The id travels in clear with every payload. */
export type PayloadKey = { id: string; bytes: Buffer };

/** A provider that is not configured is null. */
export type ProviderSettings = {
  /** The providers that are used, in the order they are tried; each of them is configured. */
  order: { email: ("smtp" | "sendgrid" | "mailchimp")[]; sms: ("twilio" | "vonage")[] };
  smtp: { url: string; from: string; caFile: string | null } | null;
  sendgrid: {
    apiKey: string;
    from: string;
    baseUrl: string | null;
    /** Base64, as SendGrid shows it. */
    webhookPublicKey: string | null;
  } | null;
  mailchimp: {
    apiKey: string;
    from: string;
    baseUrl: string | null;
    /** Signs Mailchimp's events. */
    webhookKey: string | null;
  } | null;
  twilio: {
    accountSid: string;
    authToken: string;
    /** A phone number, a sender's name or a Messaging Service SID (MG…). */
    from: string;
    baseUrl: string | null;
    /** Where Twilio tells what became of a message; null where it could not reach us. */
    statusCallbackUrl: string | null;
  } | null;
  vonage: {
    apiKey: string;
    apiSecret: string;
    /** A phone number or a sender's name. */
    from: string;
    baseUrl: string | null;
    /** Where Vonage tells what became of a message; null where it could not reach us. */
    statusCallbackUrl: string | null;
    /** Signs Vonage's receipts. */
    signatureSecret: string | null;
  } | null;
  apns: {
    keyFile: string;
    keyId: string;
    teamId: string;
    /** The app of tokens whose contact names none. */
    topic: string | null;
    baseUrl: string | null;
    caFile: string | null;
  } | null;
  fcm: {
    projectId: string | null;
    credentialsFile: string | null;
    baseUrl: string | null;
    caFile: string | null;
  } | null;
};

/** Thrown with one sentence that names the variable and says what to do. */
export class ConfigError extends Error {}

/** For entry points: a wrong configuration is a sentence and exit code 1, not a stack trace. */
export async function explainConfigError(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    // Not at the end of what is left to do: a connection or a port that is open by now would keep the process alive.
    process.exit(1);
  }
}

/**
 * Reads and checks the whole environment at once.
 * @throws {ConfigError} naming every variable that is wrong
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  // An empty value is how shells and Compose files spell "not set".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = wholeEnvironment.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new ConfigError(`The configuration is wrong (see .env.example): ${problems.join("; ")}`);
  }
  const values = parsed.data;
  if (values.TIDINGS_ENV === "production" && values.TIDINGS_SECRET === undefined) {
    throw new ConfigError("TIDINGS_SECRET is required in production: give it at least 32 random characters.");
  }
  if (values.TIDINGS_ENV === "production" && values.TIDINGS_PAYLOAD_KEYS === undefined) {
    throw new ConfigError(
      "TIDINGS_PAYLOAD_KEYS is required in production: make a key with `openssl rand -base64 32` and give it a name, as in 2026-11:<key>.",
    );
  }
  const secrets = secretsOf(values);
  const publicUrl = (values.PUBLIC_URL ?? httpOrigin(values.HOST, values.PORT)).replace(/\/+$/, "");
  return {
    environment: values.TIDINGS_ENV,
    logLevel: values.LOG_LEVEL,
    http: {
      host: values.HOST,
      port: values.PORT,
      publicUrl,
      givenPublicUrl: values.PUBLIC_URL?.replace(/\/+$/, "") ?? null,
      linkUrl: values.TIDINGS_ENV === "development" || publicUrl.startsWith("https:") ? publicUrl : null,
    },
    metricsPort: values.METRICS_PORT ?? null,
    workerHealthPort: values.WORKER_HEALTH_PORT ?? null,
    workflowBundle: values.WORKFLOW_BUNDLE ?? null,
    databaseUrl: values.DATABASE_URL,
    alerts: {
      webhook:
        values.ALERT_WEBHOOK_URL === undefined
          ? null
          : { url: values.ALERT_WEBHOOK_URL, secret: values.ALERT_WEBHOOK_SECRET ?? null },
      deadLetters: values.ALERT_DEAD_LETTERS,
    },
    smsCountriesByDefault: values.TIDINGS_ENV === "production" ? [] : null,
    temporal: {
      ...temporalConnection(given),
      uiUrl: values.TEMPORAL_UI_URL?.replace(/\/+$/, "") ?? null,
    },
    retention: retentionOf(values),
    outbound: {
      allowed: values.OUTBOUND_ALLOWED_NETWORKS ?? (values.TIDINGS_ENV === "development" ? OWN_HOST : []),
      plainHttp: values.TIDINGS_ENV === "development",
    },
    ...secrets,
    providers: providerSettings(values),
  };
}

function retentionOf(values: z.infer<typeof environment>): Config["retention"] {
  const { RETENTION_CONTENT_DAYS: contentDays, RETENTION_METADATA_DAYS: metadataDays } = values;
  if (metadataDays !== null && (contentDays ?? Infinity) > metadataDays) {
    throw new ConfigError(
      "RETENTION_METADATA_DAYS must not be less than RETENTION_CONTENT_DAYS: content is removed together with its notification.",
    );
  }
  return { contentDays, metadataDays };
}

function temporalConnection(env: NodeJS.ProcessEnv): Pick<TemporalSettings, "connection" | "namespace"> {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      overrideEnvVars: env as Record<string, string>,
    });
    const { address = "127.0.0.1:7233", tls, apiKey, metadata } = connectionOptions;
    return { connection: { address, tls, apiKey, metadata }, namespace: namespace ?? "default" };
  } catch (error) {
    throw new ConfigError(`Temporal's connection settings are wrong: ${(error as Error).message}`, { cause: error });
  }
}

type Secrets = Pick<Config, "secret" | "payloadKeys">;

function secretsOf(values: z.infer<typeof environment>): Secrets {
  const { TIDINGS_SECRET: secret, TIDINGS_PAYLOAD_KEYS: payloadKeys } = values;
  if (secret !== undefined && payloadKeys !== undefined) return { secret, payloadKeys };
  const development = developmentSecrets(DEVELOPMENT_SECRETS_FILE);
  return { secret: secret ?? development.secret, payloadKeys: payloadKeys ?? development.payloadKeys };
}

/** Made once and kept, so that all processes of a development machine agree, before and after a restart. */
function developmentSecrets(file: string): Secrets {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  const made = {
    secret: randomBytes(32).toString("base64url"),
    payloadKeys: `development:${randomBytes(32).toString("base64")}`,
  };
  writeFileSync(draft, JSON.stringify(made), { mode: 0o600 });
  try {
    // A link appears whole or not at all, so that nobody reads half a file.
    linkSync(draft, file);
  } catch (error) {
    // Another process, or an earlier start, made it first: that one counts.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    unlinkSync(draft);
  }
  return z.object({ secret: z.string(), payloadKeys }).parse(JSON.parse(readFileSync(file, "utf8")));
}

/** Every provider that there is, by the name it has in settings, deliveries and `/v1/providers`. */
export const PROVIDER_IDS = [
  "apns",
  "fcm",
  "twilio",
  "vonage",
  "smtp",
  "sendgrid",
  "mailchimp",
] as const satisfies (keyof ProviderSettings)[];
