import { open, seal } from "../crypto/sealed.ts";
import type { NamedKey } from "./payload-keys.ts";

/** A secret as it is stored, and the name of the payload key that it is encrypted with. */
export type SealedSecret = { sealed: Buffer; keyId: string };
export type SealedSecrets = ReturnType<typeof createSealedSecrets>;

/** Secrets that must be read again, unlike those of API keys. The first payload key encrypts, all of them decrypt. */
export function createSealedSecrets(keys: readonly [NamedKey, ...NamedKey[]]) {
  const [current] = keys;
  return {
    seal: (secret: Buffer): SealedSecret => ({ sealed: seal(current, secret), keyId: current.id }),

    /** @throws {Error} where the key is not among those that this process was given */
    open({ sealed, keyId }: SealedSecret): Buffer {
      const key = keys.find(({ id }) => id === keyId);
      if (key === undefined) throw new Error(`TIDINGS_PAYLOAD_KEYS does not have the key ${JSON.stringify(keyId)}`);
      return open(key, sealed);
    },
  };
}
