import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadCertificate } from "./certificate.ts";

const NOW = new Date("2026-11-22T12:00:00Z");
const DAY_MS = 86_400_000;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidings-certificate-"));
});

afterEach(() => rm(directory, { recursive: true }));

it("names every host that a client may call it by, and keeps its key to its owner", async () => {
  const { cert } = await loadCertificate(directory, NOW);
  expect(new X509Certificate(cert).subjectAltName).toBe(
    "DNS:fcm.googleapis.com, DNS:api.push.apple.com, DNS:localhost, IP Address:127.0.0.1",
  );
  expect((await stat(join(directory, "key.pem"))).mode & 0o777).toBe(0o600);
});

it("is kept while it is valid and replaced before it ends", async () => {
  const made = await loadCertificate(directory, NOW);
  expect(await loadCertificate(directory, new Date(NOW.getTime() + 300 * DAY_MS))).toEqual(made);
  const later = await loadCertificate(directory, new Date(NOW.getTime() + 350 * DAY_MS));
  expect(later.cert).not.toBe(made.cert);
});

it("is made anew where its file is damaged", async () => {
  const { caFile } = await loadCertificate(directory, NOW);
  await writeFile(caFile, "-----BEGIN CERTIFICATE-----\nMIIB");
  const { cert } = await loadCertificate(directory, NOW);
  expect(new X509Certificate(cert).checkHost("localhost")).toBe("localhost");
});
