export const BARE_QUEUE = "bench";
export const BARE_SEND_QUEUE = "bench-send";
export const BARE_WORKFLOW = "bare";

export type BareActivities = { admit(): Promise<void>; send(): Promise<string> };
