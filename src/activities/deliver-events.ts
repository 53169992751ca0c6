import type { ClaimedMessage, OutboundMessages } from "../database/outbound-messages.ts";
import type { SealedSecrets } from "../database/sealed-secrets.ts";
import { bodyOf, webhookIdOf } from "../domain/outbound-event.ts";
import { CALLS_AT_ONCE, type CallOutcome, retryInMs } from "../domain/outbound-policy.ts";
import type { Logger } from "../observability/log.ts";
import type { OutboundObserver } from "../observability/outbound-metrics.ts";
import type { CallEndpoint } from "../outbound/call-endpoint.ts";
import { webhookHeaders } from "../outbound/sign-webhook.ts";

export type DeliverEventsDependencies = {
  messages: OutboundMessages;
  secrets: Pick<SealedSecrets, "open">;
  call: CallEndpoint;
  observer: OutboundObserver;
  log: Logger;
  random: () => number;
  /** Milliseconds since 1970, and of a clock that never jumps. */
  now: () => number;
  monotonicNow: () => number;
  /** Resolves after so many milliseconds, or when the signal is aborted. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Aborted when Temporal does not want this run any more. */
  cancelled: () => AbortSignal;
  /** Aborted when the process is to stop. */
  stopping: AbortSignal;
};

/** Then Temporal is told that all is well, and asks for another round. */
const ROUND_MS = 3 * 60_000;
/** How long an event may wait unnoticed while nothing else happens. */
const LOOK_EVERY_MS = 500;
const GIVE_UP_EVERY_MS = 10_000;
const GIVE_UP_AT_ONCE = 1_000;

export type DeliverEventsActivities = ReturnType<typeof createDeliverEvents>;

/** Tells endpoints what they are to be told, as it comes. */
export function createDeliverEvents(deps: DeliverEventsDependencies) {
  return {
    /**
     * A round of some minutes: takes what is due, makes the calls, and notes how each ended. Idempotency: what is taken is
     * leased, so that several rounds at once make different calls; a call of a round that died is made again when its lease
     * ends, with the same id, by which its receiver knows it.
     */
    async deliverEvents(): Promise<void> {
      const over = AbortSignal.any([deps.cancelled(), deps.stopping]);
      const endAt = deps.monotonicNow() + ROUND_MS;
      const calls = new Set<Promise<void>>();
      const busy = new Map<string, number>();
      let givenUpAt = Number.NEGATIVE_INFINITY;
      try {
        while (!over.aborted && deps.monotonicNow() < endAt) {
          if (deps.monotonicNow() - givenUpAt > GIVE_UP_EVERY_MS) {
            await deps.messages.giveUp(GIVE_UP_AT_ONCE);
            givenUpAt = deps.monotonicNow();
          }
          const room = CALLS_AT_ONCE - calls.size;
          const claimed = room > 0 ? await deps.messages.claim(room, busy) : [];
          for (const message of claimed) track(tell(deps, message), message.endpointId, { calls, busy });
          // A call that ends makes room, and there may be more for the same endpoint.
          await Promise.race([deps.pause(LOOK_EVERY_MS, over), ...calls]);
        }
      } finally {
        // Each has a deadline. Only then may the process end, or another round take over.
        await Promise.all(calls);
      }
    },
  };
}

function track(
  call: Promise<void>,
  endpointId: string,
  under: { calls: Set<Promise<void>>; busy: Map<string, number> },
) {
  const add = (more: number) => {
    const calls = (under.busy.get(endpointId) ?? 0) + more;
    if (calls === 0) under.busy.delete(endpointId);
    else under.busy.set(endpointId, calls);
  };
  add(1);
  const tracked = call.finally(() => {
    add(-1);
    under.calls.delete(tracked);
  });
  under.calls.add(tracked);
}

/** Never throws: what cannot be noted is told again when its lease ends. */
async function tell(deps: DeliverEventsDependencies, message: ClaimedMessage): Promise<void> {
  const { event, endpointId } = message;
  try {
    const secrets = readableSecrets(deps, message);
    const outcome = secrets.length === 0 ? UNREADABLE : await deps.call(requestOf(message, secrets, deps.now()));
    await note(deps, message, outcome);
  } catch (error) {
    // Never its text: it may quote a URL.
    const { name } = error as Error;
    deps.log.warn(
      { webhookId: webhookIdOf(event.id), endpointId, error: name },
      "the result of an event's call could not be recorded",
    );
  }
}

/** Nothing is told unsigned. Until somebody gives us the key, or the endpoint another secret, it is as if it was away. */
const UNREADABLE: CallOutcome = { result: "failed", code: "secret_unreadable", retryAfterMs: null };

/** Those that sign: one that a payload key is missing for must not keep the other from it. */
function readableSecrets(deps: DeliverEventsDependencies, { secret, oldSecret, endpointId }: ClaimedMessage): Buffer[] {
  return [secret, ...(oldSecret === null ? [] : [oldSecret])].flatMap((sealed) => {
    try {
      return [deps.secrets.open(sealed)];
    } catch (error) {
      const facts = { endpointId, keyId: sealed.keyId, error: (error as Error).message };
      deps.log.error(facts, "a secret of an endpoint cannot be read");
      return [];
    }
  });
}

function requestOf({ event, url }: ClaimedMessage, secrets: readonly Buffer[], now: number) {
  const body = JSON.stringify(bodyOf(event));
  return { url, body, headers: webhookHeaders(webhookIdOf(event.id), body, secrets, now / 1_000) };
}

async function note(deps: DeliverEventsDependencies, message: ClaimedMessage, outcome: CallOutcome): Promise<void> {
  const { event, endpointId, attempts, queuedForMs } = message;
  if (outcome.result === "delivered") {
    await deps.messages.delivered(message, outcome.code);
    deps.observer({ result: "delivered", code: outcome.code, lagMs: deps.now() - event.occurredAt.getTime() });
    return;
  }
  const gone = outcome.result === "gone";
  const retryAfterMs = outcome.result === "failed" ? outcome.retryAfterMs : null;
  const again = gone ? null : retryInMs({ attempts, queuedForMs, retryAfterMs, random: deps.random() });
  const disabled = await deps.messages.failed(message, { code: outcome.code, retryInMs: again, gone });
  deps.observer({ result: again === null ? "given_up" : "failed", code: outcome.code, lagMs: null });
  if (disabled) deps.log.warn({ endpointId, code: outcome.code }, "an endpoint was disabled");
}
