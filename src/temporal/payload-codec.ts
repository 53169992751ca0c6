import type { Payload, PayloadCodec } from "@temporalio/common";
import proto from "@temporalio/proto";
import type { PayloadKey } from "../config.ts";
import { open, seal } from "../crypto/sealed.ts";

// CommonJS: its names are not seen by a named import.
const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const ENCODING = "binary/encrypted";

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
  return {
    metadata: { encoding: Buffer.from(ENCODING), "encryption-key-id": Buffer.from(key.id) },
    data: seal(key, PayloadMessage.encode(payload).finish()),
  };
}

function decrypt(keys: ReadonlyMap<string, PayloadKey>, payload: Payload): Payload {
  const { metadata, data } = payload;
  // Written before encryption was there, or by somebody else's client.
  if (textOf(metadata?.encoding) !== ENCODING) return payload;
  const keyId = textOf(metadata?.["encryption-key-id"]);
  const key = keys.get(keyId);
  if (key === undefined) throw new UnknownPayloadKeyError(keyId);
  return PayloadMessage.decode(open(key, Buffer.from(data ?? [])));
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}
