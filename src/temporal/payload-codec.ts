import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Payload, PayloadCodec } from "@temporalio/common";
import proto from "@temporalio/proto";
import type { PayloadKey } from "../config.ts";

// CommonJS: its names are not seen by a named import.
const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const CIPHER = "aes-256-gcm";
const ENCODING = "binary/encrypted";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Thrown where a payload was encrypted with a key that this process was not given. */
export class UnknownPayloadKeyError extends Error {
  constructor(keyId: string) {
    super(`A payload was encrypted with the key ${JSON.stringify(keyId)}, which TIDINGS_PAYLOAD_KEYS does not have.`);
    this.name = "UnknownPayloadKeyError";
  }
}

/**
 * Keeps everything that travels through Temporal unreadable there: inputs, results, memos, summaries and failures are
 * encrypted with AES-256-GCM (NIST SP 800-38D) before they leave the process. The first key encrypts; every key
 * decrypts, so that a new one is put in front and old workflows go on.
 */
export function createPayloadCodec(keys: readonly [PayloadKey, ...PayloadKey[]]): PayloadCodec {
  const [current] = keys;
  const byId = new Map(keys.map((key) => [key.id, key]));
  return {
    encode: (payloads) => Promise.resolve(payloads.map((payload) => encrypt(current, payload))),
    decode: async (payloads) => Promise.resolve(payloads.map((payload) => decrypt(byId, payload))),
  };
}

function encrypt(key: PayloadKey, payload: Payload): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes, iv);
  // The key's name is authenticated too: nobody can make us try another key on it.
  cipher.setAAD(Buffer.from(key.id));
  const plain = PayloadMessage.encode(payload).finish();
  const sealed = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return {
    metadata: { encoding: Buffer.from(ENCODING), "encryption-key-id": Buffer.from(key.id) },
    data: sealed,
  };
}

function decrypt(keys: ReadonlyMap<string, PayloadKey>, payload: Payload): Payload {
  const { metadata, data } = payload;
  // Written before encryption was there, or by somebody else's client.
  if (textOf(metadata?.encoding) !== ENCODING) return payload;
  const keyId = textOf(metadata?.["encryption-key-id"]);
  const key = keys.get(keyId);
  if (key === undefined) throw new UnknownPayloadKeyError(keyId);
  const sealed = Buffer.from(data ?? []);
  const decipher = createDecipheriv(CIPHER, key.bytes, sealed.subarray(0, IV_BYTES));
  decipher.setAAD(Buffer.from(key.id));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
  return PayloadMessage.decode(plain);
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
