/** Longer than the longest send, so that a shutdown lets every call that has begun be closed. */
export const SHUTDOWN_GRACE_MS = 55_000;
/** When a worker gives up on what does not end. Whoever stops one must wait for longer than that. */
export const SHUTDOWN_FORCE_MS = 60_000;
