import { generateKeyPairSync } from "node:crypto";
import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { replaceFile } from "./certificate.ts";

/**
 * A signing key such as Apple hands out (P-256, PKCS#8), since APNs' clients sign for themselves. Kept over restarts.
 * @returns the absolute path of its file
 */
export async function ensureApnsKey(directory: string): Promise<string> {
  const file = resolve(join(directory, "apns-key.p8"));
  try {
    await access(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    // The first start in this directory.
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await replaceFile(file, privateKey.export({ type: "pkcs8", format: "pem" }).toString(), 0o600);
  }
  return file;
}
