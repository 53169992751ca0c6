import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import { ActivityFailure, ApplicationFailure } from "@temporalio/common";
import type { Channel } from "../domain/channel.ts";
import type { NotificationStatus } from "../domain/status.ts";
import {
  cancelSignal,
  cancelUpdate,
  type CancelResult,
  type NotificationInput,
  type Plan,
  type PlannedDelivery,
  type RescheduleAnswer,
  rescheduleSignal,
  rescheduleUpdate,
  searchAttributes,
  type SendResult,
  stateQuery,
  wakeSignal,
} from "./contract.ts";
import { currentDetailsOf } from "./details.ts";
import { localActivities, sendActivity } from "./policies.ts";

const { admit, decideAgain, cancel, reschedule, settle } = localActivities;

const MIN_LATER_WAIT_MS = 1_000;

function hasReadableTime(request: { sendAt: string } | undefined): request is { sendAt: string } {
  return Number.isFinite(Date.parse(request?.sendAt ?? ""));
}

function refuseUnreadableTime(request: { sendAt: string } | undefined): void {
  if (!hasReadableTime(request)) throw new Error('reschedule takes {"sendAt": "<ISO 8601>"}');
}

/**
 * One request to one user, from its admission to its outcome: admit → wait → send → finish. It only follows what
 * activities return; every rule is decided in them, and every race by the notification's row.
 *
 * Nothing makes it fail: an activity is tried until it says what became of its part.
 */
export async function notification(input: NotificationInput): Promise<NotificationStatus | "duplicate"> {
  const deliveries = new Map<string, CancellationScope>();
  const { workflowId, firstExecutionRunId: firstRunId } = workflowInfo();
  let plan: Plan | undefined;
  let duplicate = false;
  /** A step that sends has begun. */
  let begun = false;
  let stopped = false;
  /** The row may say something else than when it was last read. */
  let woken = false;
  let status: NotificationStatus = "accepted";
  /** What a person reads of each delivery, in their order. */
  const progress = new Map<string, { channel: Channel; stands: string }>();

  setHandler(stateQuery, () => ({ status, waitingUntil: plan?.step === "wait" ? plan.until : null }));
  setHandler(cancelUpdate, async () => {
    const answer = await stop();
    if (answer === null) throw ownedElsewhere();
    return answer;
  });
  setHandler(cancelSignal, async () => {
    await stop();
  });
  setHandler(
    rescheduleUpdate,
    async ({ sendAt }) => {
      const answer = await move(sendAt);
      if (answer === null) throw ownedElsewhere();
      if (answer.result === "no_time") throw ApplicationFailure.nonRetryable(answer.problem, "NoTime");
      return answer;
    },
    { validator: refuseUnreadableTime },
  );
  setHandler(rescheduleSignal, async (request?: { sendAt: string }) => {
    // From the Web UI or the CLI comes what a person typed, and nobody waits for an answer.
    if (hasReadableTime(request)) await move(request.sendAt);
  });
  setHandler(wakeSignal, () => {
    woken = true;
  });
  // Temporal's own Cancel means the same. It must not tear up what goes on here, so all of it is shielded, and so is
  // what the handlers do: they run outside of it, and one of a signal that fails would end the workflow.
  CancellationScope.current().cancelRequested.catch(stop);

  return CancellationScope.nonCancellable(run);

  async function run(): Promise<NotificationStatus | "duplicate"> {
    const admission = await admit({ input, workflowId, firstRunId });
    if (admission.step === "duplicate") {
      duplicate = true;
      setCurrentDetails("Another request had claimed this event ID before: nothing was sent.");
      await condition(allHandlersFinished);
      return "duplicate";
    }
    plan = admission;
    for (let round = 0; plan.step !== "done"; round++) {
      const { notificationId }: Plan = plan;
      const outcome: NotificationStatus | null =
        plan.step === "send" ? await sendAll(plan) : await waitFor(plan, round);
      woken = false;
      // Unless the last delivery has told the outcome, the row says what there is still to do.
      plan = outcome === null ? await decide(notificationId) : { step: "done", notificationId, status: outcome };
    }
    show(plan.status);
    upsertSearchAttributes([{ key: searchAttributes.status, value: plan.status }]);
    await condition(allHandlersFinished);
    return plan.status;
  }

  function decide(notificationId: string): Promise<Plan> {
    return decideAgain({ input, workflowId, firstRunId, notificationId, begun });
  }

  async function waitFor(wait: Extract<Plan, { step: "wait" }>, round: number): Promise<null> {
    if (wait.status !== status) upsertSearchAttributes([{ key: searchAttributes.status, value: wait.status }]);
    show(wait.status, `until ${wait.until}`);
    // A worker's clock may lag behind Temporal's: a later round waits at least a moment, instead of spinning.
    const ms = Math.max(Date.parse(wait.until) - Date.now(), round === 0 ? 0 : MIN_LATER_WAIT_MS);
    await condition(() => stopped || woken, ms, { summary: `wait until ${wait.until}` });
    return null;
  }

  async function sendAll({ deliveries: planned, expiresAt }: Extract<Plan, { step: "send" }>) {
    status = "sending";
    begun = true;
    for (const delivery of planned) stands(delivery, "sending");
    const results = await Promise.all(
      planned.map(async (delivery) => {
        const result = await send(delivery, expiresAt);
        stands(delivery, result.delivery);
        return result;
      }),
    );
    return results.find((result) => result.notification !== null)?.notification ?? null;
  }

  /** One delivery to its end. A cancel that stopped it abandons the queued or waiting activity. */
  async function send({ deliveryId, channel }: PlannedDelivery, expiresAt: string | null): Promise<SendResult> {
    const scope = new CancellationScope({ cancellable: true });
    deliveries.set(deliveryId, scope);
    const trySend = () => {
      const expiresInMs = expiresAt === null ? null : Date.parse(expiresAt) - Date.now();
      return sendActivity(channel, expiresInMs)({ deliveryId, generation: input.generation });
    };
    try {
      return await scope.run(async () => {
        for (;;) {
          const result = await trySend();
          if (result.heldUntil === undefined) return result;
          stands({ deliveryId, channel }, `held until ${result.heldUntil}`);
          await sleep(Math.max(Date.parse(result.heldUntil) - Date.now(), MIN_LATER_WAIT_MS), {
            summary: `${channel}: held until ${result.heldUntil}`,
          });
        }
      });
    } catch (error) {
      if (isCancellation(error)) return { delivery: "cancelled", notification: null };
      if (error instanceof ActivityFailure) return settle(deliveryId, input.generation);
      throw error;
    }
  }

  /** Null for a duplicate, which has nothing to move. */
  function move(sendAt: string): Promise<RescheduleAnswer | null> {
    return CancellationScope.nonCancellable(async () => {
      await condition(() => plan !== undefined || duplicate);
      if (plan === undefined) return null;
      const answer = await onRow(plan, (notificationId) => reschedule({ notificationId, sendAt }));
      if (answer?.result !== "no_time") woken = true;
      return answer ?? { result: "too_late", status };
    });
  }

  /** Null for a duplicate, which has nothing to cancel. */
  function stop(): Promise<CancelResult | null> {
    return CancellationScope.nonCancellable(async () => {
      await condition(() => plan !== undefined || duplicate);
      if (plan === undefined) return null;
      const answer = await onRow(plan, cancel);
      stopped = true;
      for (const { deliveryId } of answer?.stopped ?? []) deliveries.get(deliveryId)?.cancel();
      return answer ?? { result: "too_late", status, stopped: [] };
    });
  }

  /** Where the row is gone, the next decision writes again what was lost. Null where it is forgotten. */
  async function onRow<T>({ notificationId }: Plan, act: (notificationId: string) => Promise<T | null>) {
    return (await act(notificationId)) ?? act((await decide(notificationId)).notificationId);
  }

  function ownedElsewhere(): ApplicationFailure {
    return ApplicationFailure.nonRetryable("another workflow owns this event ID", "Duplicate");
  }

  function show(now: NotificationStatus, remark: string | null = null): void {
    status = now;
    setCurrentDetails(currentDetailsOf(status, remark, progress.values()));
  }

  function stands({ deliveryId, channel }: PlannedDelivery, where: string): void {
    progress.set(deliveryId, { channel, stands: where });
    show(status);
  }
}
