import { resolve } from "node:path";
import { ensureApnsKey } from "./apns-key.ts";
import { startApns } from "./apns.ts";
import { loadCertificate } from "./certificate.ts";
import { startFcm } from "./fcm.ts";
import type { HeldRequest } from "./holds.ts";
import { startHttp } from "./http.ts";
import { openLedger } from "./ledger.ts";
import { startMailchimp } from "./mailchimp.ts";
import type { SandboxMessage } from "./message.ts";
import { Reception } from "./reception.ts";
import type { WebhookTarget } from "./receipts.ts";
import { startSendGrid } from "./sendgrid.ts";
import { startSmtp } from "./smtp.ts";
import { startTwilio } from "./twilio.ts";
import { startVonage } from "./vonage.ts";

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);
/** Hosts whose URLs are spelled otherwise: brackets, or an address that reaches one that listens everywhere. */
const SHOWN_AS: Record<string, string> = { "::1": "[::1]", "0.0.0.0": "127.0.0.1", "::": "[::1]" };

export type SandboxOptions = {
  /** A loopback name or address; default 127.0.0.1. */
  host?: string;
  /** Admits other hosts, for a container whose ports are published on loopback. Default false. */
  exposed?: boolean;
  /** Ports; 0 takes any free one, and is the default where none is needed. */
  port: number;
  smtpPort: number;
  fcmPort: number;
  apnsPort?: number;
  twilioPort?: number;
  sendgridPort?: number;
  vonagePort?: number;
  mailchimpPort?: number;
  /** Where the ledger, the certificate and the APNs key are kept. */
  directory: string;
  /** Whom receipts are told; by default nobody. */
  webhooks?: WebhookTarget | null;
};

export type Sandbox = {
  /** Page and JSON. */
  url: string;
  /** For SMTP_URL. */
  smtpUrl: string;
  /** For FCM_BASE_URL. */
  fcmBaseUrl: string;
  /** For APNS_BASE_URL. */
  apnsBaseUrl: string;
  /** For APNS_KEY_FILE; an absolute path. Any key id and team id go with it. */
  apnsKeyFile: string;
  /** For TWILIO_BASE_URL. Any account and token do. */
  twilioBaseUrl: string;
  /** For SENDGRID_BASE_URL. Any API key does. */
  sendgridBaseUrl: string;
  /** For VONAGE_BASE_URL. Any key and secret do. */
  vonageBaseUrl: string;
  /** For MAILCHIMP_BASE_URL. Any API key does. */
  mailchimpBaseUrl: string;
  /** For FCM_CA_FILE and APNS_CA_FILE; an absolute path. */
  caFile: string;
  messages(): readonly SandboxMessage[];
  /** Requests since the start by provider, also those that were refused or dropped. */
  requests(): Record<string, number>;
  /** Requests that rules hold back. */
  held(): readonly HeldRequest[];
  /** Whom receipts are told from now on. */
  tellReceiptsTo(target: WebhookTarget): void;
  close(): Promise<void>;
};

/**
 * Starts the stand-ins for the providers' clouds on loopback.
 * @throws Error if a port is taken or the directory cannot be used; nothing is left open then
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const host = options.host ?? "127.0.0.1";
  if (!LOOPBACK.has(host) && options.exposed !== true)
    throw new Error("The sandbox keeps everybody's messages, so it listens on loopback only.");
  const directory = resolve(options.directory);
  const started: { close(): void | Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.close();
  };
  const keep = <Part extends { close(): void | Promise<void> }>(part: Part): Part => {
    started.push(part);
    return part;
  };
  try {
    const certificate = await loadCertificate(directory, new Date());
    const apnsKeyFile = await ensureApnsKey(directory);
    const ledger = keep(await openLedger(directory));
    const reception = new Reception(ledger);
    const smtp = keep(await startSmtp({ host, port: options.smtpPort, reception }));
    const fcm = keep(await startFcm({ host, port: options.fcmPort, certificate, reception }));
    const apns = keep(await startApns({ host, port: options.apnsPort ?? 0, certificate, reception }));
    const twilio = keep(await startTwilio({ host, port: options.twilioPort ?? 0, reception }));
    const sendgrid = keep(await startSendGrid({ host, port: options.sendgridPort ?? 0, reception }));
    const vonage = keep(await startVonage({ host, port: options.vonagePort ?? 0, reception }));
    const mailchimp = keep(await startMailchimp({ host, port: options.mailchimpPort ?? 0, reception }));
    let webhooks = options.webhooks ?? null;
    const http = keep(await startHttp({ host, port: options.port, ledger, reception, webhooks: () => webhooks }));
    // Closed first: answers that are held back would keep the servers waiting.
    keep(reception);
    const shown = SHOWN_AS[host] ?? host;
    return {
      url: `http://${shown}:${http.port}`,
      smtpUrl: `smtp://${shown}:${smtp.port}`,
      fcmBaseUrl: `https://${shown}:${fcm.port}`,
      apnsBaseUrl: `https://${shown}:${apns.port}`,
      apnsKeyFile,
      twilioBaseUrl: `http://${shown}:${twilio.port}`,
      sendgridBaseUrl: `http://${shown}:${sendgrid.port}`,
      vonageBaseUrl: `http://${shown}:${vonage.port}`,
      mailchimpBaseUrl: `http://${shown}:${mailchimp.port}`,
      caFile: certificate.caFile,
      messages: () => ledger.messages(),
      requests: () => reception.requests(),
      held: () => reception.held(),
      tellReceiptsTo: (target) => {
        webhooks = target;
      },
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
