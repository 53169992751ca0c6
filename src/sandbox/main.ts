import "../require-node-24.ts";
import { parseArgs } from "node:util";

// Loaded once the Node is known to be new enough: an older one fails to link the rest before any of it runs.
const { startSandbox } = await import("./start-sandbox.ts");

const PORT_ERRORS: Record<string, string> = {
  EADDRINUSE: "is taken by another program",
  EACCES: "may not be used by this user",
};

const connectedToParent = process.connected;

try {
  const { values } = parseArgs({
    options: {
      // For containers: beyond loopback, everybody's messages can be read by whoever reaches the port.
      host: { type: "string" },
      port: { type: "string", default: "3001" },
      "smtp-port": { type: "string", default: "3002" },
      "fcm-port": { type: "string", default: "3003" },
      "apns-port": { type: "string", default: "0" },
      "twilio-port": { type: "string", default: "0" },
      "sendgrid-port": { type: "string", default: "0" },
      "vonage-port": { type: "string", default: "0" },
      "mailchimp-port": { type: "string", default: "0" },
      // Where the API takes receipts, and what it believes its own address to be; by default the same.
      "webhook-url": { type: "string" },
      "public-url": { type: "string" },
      directory: { type: "string", default: ".tidings/sandbox" },
    },
  });
  const sandbox = await startSandbox({
    ...(values.host === undefined ? {} : { host: values.host, exposed: true }),
    port: portOf("port", values.port),
    smtpPort: portOf("smtp-port", values["smtp-port"]),
    fcmPort: portOf("fcm-port", values["fcm-port"]),
    apnsPort: portOf("apns-port", values["apns-port"]),
    twilioPort: portOf("twilio-port", values["twilio-port"]),
    sendgridPort: portOf("sendgrid-port", values["sendgrid-port"]),
    vonagePort: portOf("vonage-port", values["vonage-port"]),
    mailchimpPort: portOf("mailchimp-port", values["mailchimp-port"]),
    directory: values.directory,
    webhooks: targetOf(values["webhook-url"], values["public-url"]),
  });
  let closing: Promise<void> | null = null;
  const close = (): void => {
    // Without a parent's channel, whose end is one of the reasons to stop, the process ends by itself.
    closing ??= sandbox.close().then(() => {
      if (process.connected) process.disconnect();
    });
  };
  process.once("SIGTERM", close);
  process.once("SIGINT", close);
  if (connectedToParent) process.once("disconnect", close);
  // JSON keeps the addresses and leaves out the functions.
  process.stdout.write(`${JSON.stringify({ ready: true, ...sandbox })}\n`);
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exit(1);
}

function targetOf(url: string | undefined, publicUrl = url) {
  if (url === undefined || publicUrl === undefined) return null;
  return { url: url.replace(/\/+$/, ""), publicUrl: publicUrl.replace(/\/+$/, "") };
}

function portOf(name: string, value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535) throw new Error(`--${name} must be a number from 0 to 65535.`);
  return port;
}

function sentenceOf(error: unknown): string {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
  const trouble = PORT_ERRORS[code ?? ""];
  if (trouble !== undefined && port !== undefined) return `The sandbox cannot start: port ${port} ${trouble}.`;
  return `The sandbox cannot start: ${message}`;
}
