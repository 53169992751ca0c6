import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { generate } from "selfsigned";

const DAY_MS = 86_400_000;
const VALID_FOR_MS = 365 * DAY_MS;
/** A certificate that ends sooner than this is replaced at the next start. */
const REMAINING_MS = 30 * DAY_MS;
const NAMES = ["fcm.googleapis.com", "api.push.apple.com", "localhost"];
const ADDRESS = "127.0.0.1";

/** PEM texts; `caFile` is the absolute path of what a client has to trust. */
export type Certificate = { key: string; cert: string; caFile: string };

/** The certificate of the directory, kept over restarts so that clients need not be told of a new one. */
export async function loadCertificate(directory: string, now: Date): Promise<Certificate> {
  await mkdir(directory, { recursive: true });
  const certFile = resolve(join(directory, "ca.pem"));
  const keyFile = resolve(join(directory, "key.pem"));
  const kept = await readPair(certFile, keyFile);
  if (kept !== null && isUsable(kept, now)) return { ...kept, caFile: certFile };
  const made = await makePair(now);
  await replaceFile(keyFile, made.key, 0o600);
  await replaceFile(certFile, made.cert, 0o644);
  return { ...made, caFile: certFile };
}

type Pair = { key: string; cert: string };

async function readPair(certFile: string, keyFile: string): Promise<Pair | null> {
  try {
    return { cert: await readFile(certFile, "utf8"), key: await readFile(keyFile, "utf8") };
  } catch (error) {
    // The first start in this directory.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function isUsable({ cert }: Pair, now: Date): boolean {
  try {
    const parsed = new X509Certificate(cert);
    const named = NAMES.every((name) => parsed.checkHost(name) !== undefined) && parsed.checkIP(ADDRESS) !== undefined;
    return named && parsed.validToDate.getTime() - now.getTime() > REMAINING_MS;
  } catch {
    return false; // half a file: made anew
  }
}

async function makePair(now: Date): Promise<Pair> {
  const made = await generate([{ name: "commonName", value: "Tidings sandbox" }], {
    keyType: "ec",
    algorithm: "sha256",
    // Clocks of containers are a little apart.
    notBeforeDate: new Date(now.getTime() - DAY_MS),
    notAfterDate: new Date(now.getTime() + VALID_FOR_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [...NAMES.map((value) => ({ type: 2 as const, value })), { type: 7 as const, ip: ADDRESS }],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}

/** Whole or not at all, also for a reader at the same moment. */
export async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  await writeFile(`${file}.new`, content, { mode });
  await rename(`${file}.new`, file);
}
