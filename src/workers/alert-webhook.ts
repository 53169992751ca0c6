import { createHmac } from "node:crypto";
import type { AlertReceiver } from "../activities/tell-alerts.ts";

export type AlertWebhook = { url: string; secret: Buffer | null };

const DEADLINE_MS = 5_000;

/**
 * Posts to an operator's URL, by the Standard Webhooks specification: signed where there is a secret, and taken where
 * the answer is 2xx.
 * @param now seconds since 1970
 */
export function createAlertWebhook({ url, secret }: AlertWebhook, now: () => number): AlertReceiver {
  return async ({ id, body }) => {
    const text = JSON.stringify(body);
    const timestamp = String(Math.floor(now()));
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        ...(secret === null ? {} : { "webhook-signature": signature(secret, `${id}.${timestamp}.${text}`) }),
      },
      body: text,
      redirect: "error",
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
  };
}

function signature(secret: Buffer, signed: string): string {
  return `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`;
}
