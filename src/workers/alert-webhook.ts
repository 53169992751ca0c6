import type { AlertReceiver } from "../activities/tell-alerts.ts";
import { webhookHeaders } from "../outbound/sign-webhook.ts";

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
    const response = await fetch(url, {
      method: "POST",
      headers: webhookHeaders(id, text, secret === null ? [] : [secret], now()),
      body: text,
      redirect: "error",
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
  };
}
