import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";

/** What `npm start` takes from temporal-dev.yml. Ports are those of the host; arguments follow the program's name. */
export type Stack = {
  postgres: { port: number; user: string; database: string };
  temporal: {
    port: number;
    uiPort: number;
    namespace: string;
    /** Name to type, as the command line spells them: `Client` to `Keyword`. */
    searchAttributes: Record<string, string>;
    arguments: string[];
  };
  api: { port: number; arguments: string[] };
  worker: { arguments: string[] };
  sandbox: {
    port: number;
    smtpPort: number;
    fcmPort: number;
    apnsPort: number;
    twilioPort: number;
    sendgridPort: number;
    vonagePort: number;
    mailchimpPort: number;
    arguments: string[];
  };
  /** Settings of the providers that the sandbox stands in for. */
  emailFrom: string;
  fcmProjectId: string;
};

const loopbackPort = z
  .string()
  .regex(/^127\.0\.0\.1:\d+:\d+$/, "must be published as 127.0.0.1:<host port>:<container port>")
  .transform((mapping) => mapping.split(":").slice(1).map(Number) as [host: number, container: number]);

const nodeCommand = z
  .tuple([z.literal("node"), z.string().regex(/^src\/.+\.ts$/)], z.string())
  .transform(([, ...rest]) => rest);

const composeFile = z.object({
  services: z.object({
    postgres: z.object({
      environment: z.object({ POSTGRES_USER: z.string(), POSTGRES_DB: z.string() }),
      ports: z.tuple([loopbackPort]),
    }),
    temporal: z.object({
      command: z.tuple([z.literal("server"), z.literal("start-dev")], z.string()),
      ports: z.array(loopbackPort),
    }),
    sandbox: z.object({ command: nodeCommand, ports: z.tuple([loopbackPort]) }),
    api: z.object({ command: nodeCommand, ports: z.tuple([loopbackPort]) }),
    worker: z.object({
      command: nodeCommand,
      environment: z.object({ EMAIL_FROM: z.string(), FCM_PROJECT_ID: z.string(), TEMPORAL_NAMESPACE: z.string() }),
    }),
  }),
});

/** @throws {Error} naming the part of the file that the launcher cannot read */
export function readStack(file: string): Stack {
  const parsed = composeFile.safeParse(parse(readFileSync(file, "utf8"), { merge: true }));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  const { postgres, temporal, sandbox, api, worker } = parsed.data.services;
  const published = (container: number) => temporal.ports.find((mapping) => mapping[1] === container)?.[0] ?? container;
  return {
    postgres: {
      port: postgres.ports[0][0],
      user: postgres.environment.POSTGRES_USER,
      database: postgres.environment.POSTGRES_DB,
    },
    temporal: {
      port: published(numberFlag(temporal.command, "port")),
      uiPort: published(numberFlag(temporal.command, "ui-port")),
      namespace: worker.environment.TEMPORAL_NAMESPACE,
      searchAttributes: Object.fromEntries(
        flagValues(temporal.command, "search-attribute").map((value) => value.split("=") as [string, string]),
      ),
      arguments: temporal.command,
    },
    api: { port: api.ports[0][0], arguments: api.command },
    worker: { arguments: worker.command },
    sandbox: {
      port: sandbox.ports[0][0],
      smtpPort: numberFlag(sandbox.command, "smtp-port"),
      fcmPort: numberFlag(sandbox.command, "fcm-port"),
      apnsPort: numberFlag(sandbox.command, "apns-port"),
      twilioPort: numberFlag(sandbox.command, "twilio-port"),
      sendgridPort: numberFlag(sandbox.command, "sendgrid-port"),
      vonagePort: numberFlag(sandbox.command, "vonage-port"),
      mailchimpPort: numberFlag(sandbox.command, "mailchimp-port"),
      arguments: sandbox.command,
    },
    emailFrom: worker.environment.EMAIL_FROM,
    fcmProjectId: worker.environment.FCM_PROJECT_ID,
  };
}

/** The command with these flags in place of its own; null takes one away. Every flag is spelled `--name=value`. */
export function withFlags(command: readonly string[], flags: Record<string, string | null>): string[] {
  const kept = command.filter((argument) => !Object.keys(flags).some((name) => argument.startsWith(`--${name}=`)));
  const added = Object.entries(flags).flatMap(([name, value]) => (value === null ? [] : [`--${name}=${value}`]));
  return [...kept, ...added];
}

function flagValues(command: readonly string[], name: string): string[] {
  const prefix = `--${name}=`;
  return command.filter((argument) => argument.startsWith(prefix)).map((argument) => argument.slice(prefix.length));
}

function numberFlag(command: readonly string[], name: string): number {
  return z.coerce
    .number(`the command needs --${name}=<port>`)
    .int()
    .min(1)
    .max(65_535)
    .parse(flagValues(command, name)[0]);
}
