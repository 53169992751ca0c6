import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { LauncherError } from "./launcher-error.ts";
import type { Stack } from "./stack.ts";

/** A port to listen on, and how to speak of it. `number` 0: any that is free. */
export type WantedPort = { number: number; owner: string; setting: string };

export type SandboxPortName = "sandbox" | "smtp" | "fcm" | "apns" | "twilio" | "sendgrid" | "vonage" | "mailchimp";
export type PortName = "api" | SandboxPortName | "postgres" | "temporal" | "temporalUi";

export type LauncherConfig = {
  /** The whole environment, handed on to the processes. */
  environment: NodeJS.ProcessEnv;
  /** A PostgreSQL to use instead of the embedded one. */
  databaseUrl: string | null;
  /** A Temporal to use instead of the embedded dev server. */
  temporalAddress: string | null;
  temporalCli: string | null;
  searchPath: string;
  /** Where big downloads and builds are kept, for all clones of this person. */
  cacheDirectory: string;
  ports: Record<PortName, WantedPort>;
};

const text = z.string().optional();
const port = z.coerce.number().int().min(0).max(65_535).optional();

const environment = z.object({
  PATH: z.string().default(""),
  XDG_CACHE_HOME: text,
  DATABASE_URL: text,
  TEMPORAL_ADDRESS: text,
  TEMPORAL_CLI: text,
  PORT: port,
  TIDINGS_SANDBOX_PORT: port,
  TIDINGS_SANDBOX_SMTP_PORT: port,
  TIDINGS_SANDBOX_FCM_PORT: port,
  TIDINGS_SANDBOX_APNS_PORT: port,
  TIDINGS_SANDBOX_TWILIO_PORT: port,
  TIDINGS_SANDBOX_SENDGRID_PORT: port,
  TIDINGS_SANDBOX_VONAGE_PORT: port,
  TIDINGS_SANDBOX_MAILCHIMP_PORT: port,
  TIDINGS_POSTGRES_PORT: port,
  TIDINGS_TEMPORAL_PORT: port,
  TIDINGS_TEMPORAL_UI_PORT: port,
});

/**
 * What the environment says about the launcher itself; the services read their own part (src/config.ts).
 * `goneTemporal`: where an earlier start of this clone ran its own Temporal, which is gone. A shell that has read
 * .tidings/dev.env still carries that address, and must not be taken for one that asks for another server.
 * @throws {LauncherError} naming every variable that is wrong
 */
export function loadLauncherConfig(env: NodeJS.ProcessEnv, stack: Stack, goneTemporal: string | null): LauncherConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new LauncherError(`The configuration is wrong (see .env.example): ${problems.join("; ")}.`);
  }
  const values = parsed.data;
  const wanted = (setting: keyof typeof values, owner: string, usual: number): WantedPort => ({
    number: (values[setting] as number | undefined) ?? usual,
    owner,
    setting,
  });
  return {
    environment: env,
    databaseUrl: values.DATABASE_URL ?? null,
    temporalAddress: values.TEMPORAL_ADDRESS === goneTemporal ? null : (values.TEMPORAL_ADDRESS ?? null),
    temporalCli: values.TEMPORAL_CLI ?? null,
    searchPath: values.PATH,
    cacheDirectory: join(values.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tidings"),
    ports: {
      api: wanted("PORT", "the API", stack.api.port),
      sandbox: wanted("TIDINGS_SANDBOX_PORT", "the sandbox", stack.sandbox.port),
      smtp: wanted("TIDINGS_SANDBOX_SMTP_PORT", "the sandbox's SMTP server", stack.sandbox.smtpPort),
      fcm: wanted("TIDINGS_SANDBOX_FCM_PORT", "the sandbox's FCM", stack.sandbox.fcmPort),
      apns: wanted("TIDINGS_SANDBOX_APNS_PORT", "the sandbox's APNs", stack.sandbox.apnsPort),
      twilio: wanted("TIDINGS_SANDBOX_TWILIO_PORT", "the sandbox's Twilio", stack.sandbox.twilioPort),
      sendgrid: wanted("TIDINGS_SANDBOX_SENDGRID_PORT", "the sandbox's SendGrid", stack.sandbox.sendgridPort),
      vonage: wanted("TIDINGS_SANDBOX_VONAGE_PORT", "the sandbox's Vonage", stack.sandbox.vonagePort),
      mailchimp: wanted("TIDINGS_SANDBOX_MAILCHIMP_PORT", "the sandbox's Mailchimp", stack.sandbox.mailchimpPort),
      postgres: wanted("TIDINGS_POSTGRES_PORT", "PostgreSQL", stack.postgres.port),
      temporal: wanted("TIDINGS_TEMPORAL_PORT", "Temporal", stack.temporal.port),
      temporalUi: wanted("TIDINGS_TEMPORAL_UI_PORT", "Temporal's Web UI", stack.temporal.uiPort),
    },
  };
}
