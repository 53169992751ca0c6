import { fileURLToPath } from "node:url";
import type { DataConverter } from "@temporalio/common";
import type { PayloadKey } from "../config.ts";
import { createPayloadCodec } from "./payload-codec.ts";

/** Loaded by path, since it runs inside the workflow sandbox as well. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(new URL("failure-converter.ts", import.meta.url));

/** How every client and worker of ours writes to Temporal and reads from it. */
export function createDataConverter(keys: readonly [PayloadKey, ...PayloadKey[]]): DataConverter {
  return { payloadCodecs: [createPayloadCodec(keys)], failureConverterPath: FAILURE_CONVERTER_PATH };
}
