import { DefaultFailureConverter } from "@temporalio/common";

/** Messages and stacks of failures may quote personal data, so they are encrypted with the other payloads. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
