import { createECDH, createHash, createPrivateKey, type KeyObject } from "node:crypto";

/** With what the sandbox signs receipts as a provider would. Everybody may know them: nothing real is behind them. */
export const SANDBOX_KEYS = {
  twilioAuthToken: "sandbox",
  vonageSignatureSecret: "sandbox-signature-secret",
  mailchimpWebhookKey: "sandbox-webhook-key",
} as const;

// The same at every start, so that the API's settings can name its public half, and made here, so that no private key
// lies around that looks like a real one.
const curve = createECDH("prime256v1");
curve.setPrivateKey(createHash("sha256").update("the sandbox signs as SendGrid").digest());
const point = curve.getPublicKey();

/** For SENDGRID_WEBHOOK_PUBLIC_KEY. */
export const SENDGRID_PUBLIC_KEY = Buffer.concat([
  // What a point of this curve begins with as a SubjectPublicKeyInfo (RFC 5480).
  Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"),
  point,
]).toString("base64");

export const sendgridPrivateKey: KeyObject = createPrivateKey({
  format: "jwk",
  key: {
    kty: "EC",
    crv: "P-256",
    d: curve.getPrivateKey().toString("base64url"),
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
  },
});
