import type { Context } from "@temporalio/activity";
import type { ActivityInterceptors } from "@temporalio/worker";

/** Signs of life in one time-out: two may be lost or late. */
const PER_TIMEOUT = 3;

/**
 * Tells Temporal that a run is alive, where its options ask for that. Without it, a task that a worker took along when
 * it died, or that was handed out just as it stopped, goes to another one only after the longest time that a run may
 * take. The first sign is due after a third of the time-out, so that what is quick costs no request.
 */
export function signOfLife(context: Context): ActivityInterceptors {
  const { heartbeatTimeoutMs } = context.info;
  if (heartbeatTimeoutMs === undefined) return {};
  return {
    inbound: {
      async execute(input, next) {
        const timer = setInterval(() => context.heartbeat(), heartbeatTimeoutMs / PER_TIMEOUT);
        try {
          return await next(input);
        } finally {
          clearInterval(timer);
        }
      },
    },
  };
}
