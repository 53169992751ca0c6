// The list of workflows that a worker runs, and nothing else.
export { notification } from "./notification.ts";
export { outbound } from "./outbound.ts";
export { repair } from "./repair.ts";
export { replay } from "./replay.ts";
export { retention } from "./retention.ts";
