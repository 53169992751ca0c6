import type { AddressHash } from "../database/address-hash.ts";
import type { Admissions, Deciding, NotificationRow } from "../database/admissions.ts";
import type { DecisionFactsStore, LoadedFacts } from "../database/decision-facts.ts";
import { prepareDecision } from "../domain/prepare-decision.ts";
import { addresseeOf, userOf } from "../domain/recipient.ts";
import { timingOf } from "../domain/schedule.ts";
import type { NotificationInput, Plan } from "../workflows/contract.ts";

export type AdmitDependencies = {
  admissions: Admissions;
  facts: DecisionFactsStore;
  addressHash: AddressHash;
};

export type AdmitArguments = {
  input: NotificationInput;
  workflowId: string;
  /** Of the first run of this execution chain: it survives a reset. */
  firstRunId: string;
};

export type DecideAgainArguments = AdmitArguments & {
  notificationId: string;
  /** A step that sends came before this. */
  begun: boolean;
};

/** The decision of a notification: at its start, and again after every wait. */
export function createAdmit(deps: AdmitDependencies) {
  return {
    /**
     * Claims the event ID for this workflow, then decides. Idempotency: the key of the claim and the rows that it
     * leads to; a run that died after any of its writes is continued by the next one, which finds them.
     */
    async admit({ input, workflowId, firstRunId }: AdmitArguments): Promise<Plan | { step: "duplicate" }> {
      const { key, bodyHash, generation } = input;
      const decidingOf = await prepare(deps, input, workflowId);
      const admitted = await deps.admissions.claim(
        { key, bodyHash, owner: { workflowId, firstRunId, generation } },
        decidingOf,
      );
      if (admitted.owner === "other") return { step: "duplicate" };
      return planOf(input, admitted.notificationId, admitted.row);
    },

    /**
     * Decides anew after a wait, without a new claim: the truth at send time counts. Where the notification is gone, it
     * is claimed anew: its event key is kept where it is forgotten, and so it is missing where the database has lost
     * both. Idempotent like admit.
     */
    async decideAgain(again: DecideAgainArguments): Promise<Plan> {
      const { input, workflowId, firstRunId, notificationId, begun } = again;
      const { key, bodyHash, generation } = input;
      const decidingOf = await prepare(deps, input, workflowId);
      const row = await deps.admissions.decideAgain({ ...decidingOf(notificationId), before: { begun } });
      if (row !== null) return planOf(input, notificationId, row);
      const admitted = await deps.admissions.claim(
        { key, bodyHash, owner: { workflowId, firstRunId, generation } },
        // Nobody knows any more what earlier generations have sent.
        (id) => ({ ...decidingOf(id), before: { begun: begun || generation > 0 } }),
      );
      // Forgotten, and only a workflow that was reset or restored since asks; or somebody else's. Nothing is sent again.
      if (admitted.owner === "other") return { step: "done", notificationId, status: "suppressed" };
      return planOf(input, admitted.notificationId, admitted.row);
    },
  };
}

/** Everything that a decision needs but the row itself, which is read once it is locked. */
async function prepare(
  deps: AdmitDependencies,
  input: NotificationInput,
  workflowId: string,
): Promise<(notificationId: string) => Deciding> {
  const { request, contentHash } = input;
  const addressee = addresseeOf(request.to, deps.addressHash);
  const facts = await deps.facts.load({
    ...addressee,
    acceptedAt: new Date(input.acceptedAt),
    categoryId: request.category,
    channels: request.channels ?? null,
    template: request.template,
  });
  const prepared = prepareDecision(request, facts, addressee, contentHash);
  return (notificationId) => ({
    ...prepared,
    notification: newNotification(input, workflowId, notificationId, facts),
    addressHash: addressee.inline?.addressHash ?? null,
  });
}

/** What the rows say is what happens: they may have been written by an earlier run, or changed by a cancel. */
function planOf(input: NotificationInput, notificationId: string, row: NotificationRow): Plan {
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
): Deciding["notification"] {
  const { request, key } = input;
  const acceptedAt = new Date(input.acceptedAt);
  return {
    notificationId,
    key,
    workflowId,
    generation: input.generation,
    userId: userOf(request.to),
    categoryId: request.category,
    template: request.template,
    mandatory: facts.category.mandatory,
    guarantee: facts.category.guarantee,
    priority: request.priority ?? facts.category.priority,
    locale: request.locale ?? null,
    acceptedAt,
    ...timingOf(request, acceptedAt, facts.category.expiresAfterMs),
    request,
    contentHash: input.contentHash,
  };
}
