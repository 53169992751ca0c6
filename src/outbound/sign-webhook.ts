import { createHmac } from "node:crypto";

/** How Standard Webhooks write a secret. */
const SECRET_PREFIX = "whsec_";

export function writtenSecret(secret: Buffer): string {
  return SECRET_PREFIX + secret.toString("base64");
}

/**
 * The headers of a message by the Standard Webhooks specification, signed with each of the secrets, so that a receiver
 * that knows any of them can verify it; without a signature where there is none.
 * @param nowSeconds since 1970
 */
export function webhookHeaders(
  id: string,
  body: string,
  secrets: readonly Buffer[],
  nowSeconds: number,
): Record<string, string> {
  const timestamp = String(Math.floor(nowSeconds));
  const signatures = secrets.map(
    (secret) => `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`,
  );
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    ...(signatures.length === 0 ? {} : { "webhook-signature": signatures.join(" ") }),
  };
}
