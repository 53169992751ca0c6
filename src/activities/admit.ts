import type { Admission, Admissions, NewNotification } from "../database/admissions.ts";
import type { DecisionFactsStore, LoadedFacts } from "../database/decision-facts.ts";
import { decideDeliveries, type DecisionFacts } from "../domain/decide-deliveries.ts";
import { decideTiming, expiryOf } from "../domain/schedule.ts";
import { contentKindsFor } from "../domain/template.ts";
import type { NotificationInput, Plan } from "../workflows/contract.ts";

export type AdmitDependencies = {
  admissions: Admissions;
  facts: DecisionFactsStore;
  now: () => Date;
};

export type AdmitArguments = {
  input: NotificationInput;
  workflowId: string;
  /** Of the first run of this execution chain: it survives a reset. */
  firstRunId: string;
};

/** The decision of a notification: at its start, and again after every wait. */
export function createAdmit(deps: AdmitDependencies) {
  return {
    /**
     * Claims the event ID for this workflow, then decides. Idempotency: the key of the claim and the rows that it
     * leads to; a run that died after any of its writes is continued by the next one, which finds them.
     */
    async admit({ input, workflowId, firstRunId }: AdmitArguments): Promise<Plan | { step: "duplicate" }> {
      const facts = await loadFacts(deps, input);
      const claim = await deps.admissions.claim(
        {
          key: input.key,
          bodyHash: input.bodyHash,
          owner: { workflowId, firstRunId, generation: input.generation },
        },
        (notificationId) => decide(deps.now(), input, facts, newNotification(input, workflowId, notificationId, facts)),
      );
      return claim.owner === "mine" ? readPlan(deps, input, claim.notificationId) : { step: "duplicate" };
    },

    /** Decides anew after a wait, without a new claim: the truth at send time counts. Idempotent like admit. */
    async decideAgain({ input, workflowId, notificationId }: DecideAgainArguments): Promise<Plan> {
      const facts = await loadFacts(deps, input);
      const notification = newNotification(input, workflowId, notificationId, facts);
      await deps.admissions.write(decide(deps.now(), input, facts, notification));
      return readPlan(deps, input, notificationId);
    },
  };
}

export type DecideAgainArguments = { input: NotificationInput; workflowId: string; notificationId: string };

function loadFacts(deps: AdmitDependencies, { request }: NotificationInput): Promise<LoadedFacts> {
  return deps.facts.load({ userId: request.to.userId, categoryId: request.category, template: request.template });
}

function decide(now: Date, input: NotificationInput, facts: LoadedFacts, notification: NewNotification): Admission {
  const timing = decideTiming(now, notification.scheduledFor, notification.expiresAt);
  switch (timing.kind) {
    case "wait":
      return { kind: "wait", notification, until: timing.until };
    case "expired":
      return { kind: "expired", notification };
    case "now":
      return { kind: "decided", notification, decisions: decideDeliveries(decisionFacts(input, facts)) };
  }
}

function decisionFacts({ request }: NotificationInput, facts: LoadedFacts): DecisionFacts {
  return {
    category: facts.category,
    requestedChannels: request.channels ?? null,
    templateKinds: contentKindsFor(facts.templateKinds, request.locale ?? facts.userLocale),
    contacts: facts.contacts,
    preferences: facts.preferences,
  };
}

/** What the rows say is what happens: they may have been written by an earlier run, or changed by a cancel. */
async function readPlan(deps: AdmitDependencies, input: NotificationInput, notificationId: string): Promise<Plan> {
  const row = await deps.admissions.find(notificationId);
  if (row === null) throw new Error("a notification's row is gone right after it was written");
  // A newer generation has taken over: it goes on, this one ends.
  if (row.final || row.generation !== input.generation) return { step: "done", notificationId, status: row.status };
  if (row.open !== null) {
    return { step: "send", notificationId, deliveries: row.open, expiresAt: row.expiresAt?.toISOString() ?? null };
  }
  if (row.scheduledFor === null) throw new Error(`a notification is ${row.status} with nothing to wait for`);
  return { step: "wait", notificationId, until: row.scheduledFor.toISOString(), status: row.status };
}

function newNotification(
  input: NotificationInput,
  workflowId: string,
  notificationId: string,
  facts: LoadedFacts,
): NewNotification {
  const { request, key } = input;
  const acceptedAt = new Date(input.acceptedAt);
  const sendAt = request.sendAt === undefined ? null : new Date(request.sendAt);
  return {
    notificationId,
    key,
    workflowId,
    generation: input.generation,
    userId: request.to.userId,
    categoryId: request.category,
    template: request.template,
    mandatory: facts.category.mandatory,
    guarantee: facts.category.guarantee,
    priority: request.priority ?? facts.category.priority,
    locale: request.locale ?? null,
    acceptedAt,
    scheduledFor: sendAt,
    expiresAt: expiryOf({
      acceptedAt,
      sendAt,
      expiresAt: request.expiresAt === undefined ? null : new Date(request.expiresAt),
      expiresAfterMs: facts.category.expiresAfterMs,
    }),
    request,
  };
}
