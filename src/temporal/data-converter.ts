import { fileURLToPath } from "node:url";
import type { DataConverter, LoadedDataConverter, Payload } from "@temporalio/common";
import type { PayloadKey } from "../config.ts";
import { createPayloadCodec } from "./payload-codec.ts";

/** Loaded by path, since it runs inside the workflow sandbox as well. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(new URL("failure-converter.ts", import.meta.url));

/** How every client and worker of ours writes to Temporal and reads from it. */
export function createDataConverter(keys: readonly [PayloadKey, ...PayloadKey[]]): DataConverter {
  return { payloadCodecs: [createPayloadCodec(keys)], failureConverterPath: FAILURE_CONVERTER_PATH };
}

/** How the SDK spells `undefined`. */
const NOTHING: Payload = { metadata: { encoding: Buffer.from("binary/null") } };

/** For whoever asks for ids and statuses only: what is encrypted is left unread, so that no key is needed. */
export const UNREAD: DataConverter = {
  payloadCodecs: [
    {
      encode: () => Promise.reject(new Error("a client that reads nothing must not write")),
      decode: (payloads) => Promise.resolve(payloads.map(() => NOTHING)),
    },
  ],
};

/**
 * What payloads say that came by another way than a call of the SDK, such as those in a history.
 * @throws as the codec and the converter do, for what they cannot read
 */
export async function decodePayloads(
  { payloadConverter, payloadCodecs }: LoadedDataConverter,
  payloads: readonly Payload[],
): Promise<unknown[]> {
  let opened = [...payloads];
  for (const codec of payloadCodecs.toReversed()) opened = await codec.decode(opened);
  return opened.map((payload) => payloadConverter.fromPayload(payload));
}
