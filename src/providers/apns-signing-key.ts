import { createPrivateKey } from "node:crypto";
import { readSettingsFile } from "./settings-file.ts";

/**
 * The text of the `.p8` file that Apple hands out: a private key on the curve P-256
 * (https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns).
 * @throws Error in one sentence, without anything of the file in it
 */
export function readSigningKey(file: string): string {
  const pem = readSettingsFile("APNS_KEY_FILE", file);
  if (namedCurveOf(pem) !== "prime256v1") {
    throw new Error(`APNS_KEY_FILE holds no APNs key (the .p8 file of Apple's developer portal): ${file}`);
  }
  return pem;
}

function namedCurveOf(pem: string): string | undefined {
  try {
    return createPrivateKey(pem).asymmetricKeyDetails?.namedCurve;
  } catch {
    return undefined; // no private key; what the parser says is of no help
  }
}
