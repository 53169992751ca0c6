import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

type Key = { id: string; bytes: Buffer };

/** Encrypts with AES-256-GCM (NIST SP 800-38D): IV, ciphertext and tag. Which key it was is kept beside it. */
export function seal(key: Key, plain: Uint8Array): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes, iv);
  // The key's name is authenticated too: nobody can make us try another key on it.
  cipher.setAAD(Buffer.from(key.id));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws {Error} where it was not sealed with this key, or was changed since */
export function open(key: Key, sealed: Buffer): Buffer {
  const decipher = createDecipheriv(CIPHER, key.bytes, sealed.subarray(0, IV_BYTES));
  decipher.setAAD(Buffer.from(key.id));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
}
