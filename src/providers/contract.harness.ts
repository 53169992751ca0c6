import { inspect } from "node:util";
import { expect } from "vitest";
import type { Channel } from "../domain/channel.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import type { SandboxMessage } from "../sandbox/message.ts";
import type { Sandbox } from "../sandbox/start-sandbox.ts";
import { createApnsProvider } from "./apns.ts";
import { createFcmProvider } from "./fcm.ts";
import { createMailchimpProvider } from "./mailchimp.ts";
import { failureOf, outgoing } from "./provider.harness.ts";
import type { OutgoingMessage, Provider, ProviderError, ProviderErrorKind } from "./provider.ts";
import { createSendGridProvider } from "./sendgrid.ts";
import { createSmtpProvider } from "./smtp.ts";
import { createTwilioProvider } from "./twilio.ts";
import { createVonageProvider } from "./vonage.ts";

/** What must never be found in an error. Digits alone, so that it can be a part of every kind of address. */
const CANARY = "821055573046";

/** What a provider has of its own; everything else in the contract is the same for all. */
export type Subject = {
  id: string;
  channel: Channel;
  content: RenderedContent;
  /** Content of a channel that it does not serve. */
  foreignContent: RenderedContent;
  address: string;
  /** An address that the sandbox treats as dead, and what follows for it. */
  dead: { address: string; flag: "deactivate" | "suppress" };
  /** What a server in trouble (503) says by this protocol, and whether it may have taken the message. */
  troubled: ProviderErrorKind;
  /** Whether a refusal for a rate can say when to come back. */
  givesRetryAfter: boolean;
  /** What the provider calls a message that the sandbox keeps. */
  nameOf(kept: SandboxMessage): string;
  /** Where the sandbox stands in for it. */
  urlIn(sandbox: Sandbox): string;
  /** @param server.caFile the authority to trust besides; default none */
  create(server: { url: string; caFile?: string; apnsKeyFile: string }): Provider;
};

const EMAIL: RenderedContent = { kind: "email", subject: `${CANARY} subject`, text: `${CANARY} text`, html: null };
const PUSH: RenderedContent = { kind: "push", title: `${CANARY} title`, body: `${CANARY} body`, data: { order: "1" } };
const SMS: RenderedContent = { kind: "sms", text: `${CANARY} text` };

const SMTP: Subject = {
  id: "smtp",
  channel: "email",
  content: EMAIL,
  foreignContent: PUSH,
  address: `${CANARY}@example.com`,
  dead: { address: "bounce@sandbox.test", flag: "suppress" },
  troubled: "transient",
  givesRetryAfter: false,
  nameOf: ({ id }) => id,
  urlIn: ({ smtpUrl }) => smtpUrl,
  create: ({ url, caFile = null }) =>
    createSmtpProvider({
      url: url.replace("//", `//${CANARY}-user:${CANARY}-password@`),
      from: "Shop <shop@example.com>",
      caFile,
    }),
};

const FCM: Subject = {
  id: "fcm",
  channel: "fcm",
  content: PUSH,
  foreignContent: EMAIL,
  address: `${CANARY}-token`,
  dead: { address: `${CANARY}-dead0410`, flag: "deactivate" },
  troubled: "ambiguous",
  givesRetryAfter: true,
  nameOf: ({ id }) => `projects/${CANARY}-project/messages/${id}`,
  urlIn: ({ fcmBaseUrl }) => fcmBaseUrl,
  create: ({ url, caFile = null }) =>
    createFcmProvider({ projectId: `${CANARY}-project`, credentialsFile: null, baseUrl: url, caFile }),
};

const APNS: Subject = {
  id: "apns",
  channel: "apns",
  content: PUSH,
  foreignContent: SMS,
  address: `${CANARY}ab`,
  dead: { address: `${CANARY}dead0410`, flag: "deactivate" },
  troubled: "ambiguous",
  givesRetryAfter: true,
  nameOf: ({ attemptId }) => attemptId ?? "",
  urlIn: ({ apnsBaseUrl }) => apnsBaseUrl,
  create: ({ url, caFile = null, apnsKeyFile }) =>
    createApnsProvider({
      keyFile: apnsKeyFile,
      keyId: `K${CANARY}`,
      teamId: `T${CANARY}`,
      topic: "com.example.app",
      baseUrl: url,
      caFile,
    }),
};

const TWILIO: Subject = {
  id: "twilio",
  channel: "sms",
  content: SMS,
  foreignContent: EMAIL,
  address: `+${CANARY}`,
  dead: { address: "+15005550001", flag: "deactivate" },
  troubled: "ambiguous",
  givesRetryAfter: true,
  nameOf: ({ id }) => `SM${id.replaceAll("-", "")}`,
  urlIn: ({ twilioBaseUrl }) => twilioBaseUrl,
  create: ({ url }) =>
    createTwilioProvider({
      accountSid: `AC${CANARY}`,
      authToken: `${CANARY}-token`,
      from: "+15005550006",
      baseUrl: url,
      statusCallbackUrl: null,
    }),
};

const SENDGRID: Subject = {
  id: "sendgrid",
  channel: "email",
  content: EMAIL,
  foreignContent: SMS,
  address: `${CANARY}@example.com`,
  dead: { address: "bounce@sandbox.test", flag: "suppress" },
  troubled: "ambiguous",
  givesRetryAfter: true,
  nameOf: ({ id }) => Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url"),
  urlIn: ({ sendgridBaseUrl }) => sendgridBaseUrl,
  create: ({ url }) =>
    createSendGridProvider({
      apiKey: `SG.${CANARY}`,
      from: "Shop <shop@example.com>",
      baseUrl: url,
      webhookPublicKey: null,
    }),
};

const VONAGE: Subject = {
  id: "vonage",
  channel: "sms",
  content: SMS,
  foreignContent: PUSH,
  address: `+${CANARY}`,
  dead: { address: "+15005550009", flag: "deactivate" },
  troubled: "ambiguous",
  givesRetryAfter: true,
  nameOf: ({ id }) => id,
  urlIn: ({ vonageBaseUrl }) => vonageBaseUrl,
  create: ({ url }) =>
    createVonageProvider({
      apiKey: CANARY,
      apiSecret: `${CANARY}-secret`,
      from: "+15005550006",
      baseUrl: url,
      statusCallbackUrl: null,
      signatureSecret: null,
    }),
};

const MAILCHIMP: Subject = {
  id: "mailchimp",
  channel: "email",
  content: EMAIL,
  foreignContent: SMS,
  address: `${CANARY}@example.com`,
  dead: { address: "bounce@sandbox.test", flag: "suppress" },
  troubled: "ambiguous",
  givesRetryAfter: true,
  nameOf: ({ id }) => id.replaceAll("-", ""),
  urlIn: ({ mailchimpBaseUrl }) => mailchimpBaseUrl,
  create: ({ url }) =>
    createMailchimpProvider({
      apiKey: `${CANARY}-key`,
      from: "Shop <shop@example.com>",
      baseUrl: url,
      webhookKey: null,
    }),
};

export const SUBJECTS: readonly Subject[] = [SMTP, FCM, APNS, TWILIO, VONAGE, SENDGRID, MAILCHIMP];

/** Those whose SDK speaks HTTP/1.1, and what it makes of an answer that breaks off. */
export const HTTP_SUBJECTS: readonly (Subject & { brokenOff: string })[] = [
  { ...FCM, brokenOff: "connection_reset" },
  { ...TWILIO, brokenOff: "connection_reset" },
  { ...VONAGE, brokenOff: "connection_reset" },
  { ...SENDGRID, brokenOff: "garbled_answer" },
  { ...MAILCHIMP, brokenOff: "garbled_answer" },
];

/** A message of this provider, of an attempt of its own. */
export function messageFor(subject: Subject, changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  const { channel, address, content } = subject;
  const [attemptId, deliveryId] = [crypto.randomUUID(), crypto.randomUUID()];
  return outgoing({ channel, address, content, attemptId, deliveryId, ...changes });
}

/** The error of a send that has to fail, which may hold nothing that was given to it in confidence. */
export async function discreetFailureOf(sending: Promise<unknown>): Promise<ProviderError> {
  const error = await failureOf(sending);
  const told = [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), error.stack ?? ""];
  expect(told.join("\n")).not.toContain(CANARY);
  return error;
}
