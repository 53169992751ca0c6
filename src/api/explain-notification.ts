import type { AddressHash } from "../database/address-hash.ts";
import type { DecisionFactsStore } from "../database/decision-facts.ts";
import type { Previews } from "../database/previews.ts";
import type { RequestFactsStore } from "../database/request-facts.ts";
import type { SmsCaps } from "../database/sms-caps.ts";
import type { DeliveryDecision } from "../domain/decide-deliveries.ts";
import { firstSkipReason } from "../domain/decide-notification.ts";
import { type PreparedDecision, prepareDecision } from "../domain/prepare-decision.ts";
import { addresseeOf, userOf } from "../domain/recipient.ts";
import { type Timing, timingOf } from "../domain/schedule.ts";
import { refuseBeyondCap } from "../domain/sms-cap.ts";
import { smsSize } from "../domain/sms-segments.ts";
import type { SkipReason } from "../domain/status.ts";
import { type CheckedRequest, checkRequest } from "./check-request.ts";
import { contentHashOf } from "./content-hash.ts";
import { type ExplainedChannel, explainChannels, type Texts, textsOf } from "./explain-channels.ts";
import type { NextProviderDependencies } from "./next-provider.ts";

export type ExplainDependencies = NextProviderDependencies & {
  requestFacts: RequestFactsStore;
  decisionFacts: DecisionFactsStore;
  addressHash: AddressHash;
  previews: Previews;
  smsCaps: SmsCaps;
  hashBody: (body: unknown) => string;
};

export type Explanation = {
  outcome: "send" | "scheduled" | "held" | "suppressed" | "expired";
  /** The rule that decided on the whole; null where it is sent at once, or was asked for later. */
  reason: SkipReason | null;
  /** When it would be sent, where that is not now. */
  until: Date | null;
  expiresAt: Date | null;
  template: { id: string; version: number };
  channels: ExplainedChannel[];
};

/**
 * What would become of this request now, by the same rules, with nothing sent and nothing stored.
 * @throws {ApiError} as the request itself would be refused
 */
export async function explainNotification(
  deps: ExplainDependencies,
  request: CheckedRequest,
  clientId: string,
): Promise<Explanation> {
  const { body } = request;
  const known = await deps.requestFacts.named({
    userId: userOf(body.to),
    categoryId: body.category,
    templateId: body.template,
  });
  const checked = checkRequest(deps.now(), request, known);
  const channels = checked.channels.flatMap((group) => group.channels);
  const addressee = addresseeOf(body.to, deps.addressHash);
  const { template } = checked;
  const facts = await deps.decisionFacts.load({
    ...addressee,
    acceptedAt: null,
    categoryId: body.category,
    channels,
    template,
  });
  const contentHash = contentHashOf(deps.hashBody, body, template);
  const prepared = prepareDecision({ ...body, channels }, facts, addressee, contentHash);
  const timing = timingOf(body, facts.now, facts.category.expiresAfterMs);
  const texts = textsOf(body, template, known.user);
  const { deliveries, ...foreseen } = await foresee(deps, prepared, timing, { clientId, texts });
  return {
    ...foreseen,
    expiresAt: timing.expiresAt,
    template: { id: template.id, version: template.version },
    channels: await explainChannels(deps, deliveries, texts, facts.category.guarantee),
  };
}

type Foreseen = Pick<Explanation, "outcome" | "reason" | "until"> & { deliveries: DeliveryDecision[] };

/** By the very code that decides when it is sent, and by what the gate would say of SMS after that. */
async function foresee(
  deps: ExplainDependencies,
  prepared: PreparedDecision,
  timing: Timing,
  sms: { clientId: string; texts: Texts },
): Promise<Foreseen> {
  const resolution = await deps.previews.resolve(prepared, timing);
  switch (resolution.kind) {
    case "expired":
      return { outcome: "expired", reason: "expired", until: null, deliveries: [] };
    case "scheduled": {
      // What the channels would say if its time were now: the best guess there is.
      const { deliveries } = { deliveries: [], ...prepared.decide({ sendAt: null, expiresAt: null }) };
      return { outcome: "scheduled", reason: null, until: resolution.until, deliveries };
    }
    case "held": {
      const { reason, until, deliveries } = resolution;
      return { outcome: "held", reason, until, deliveries };
    }
    case "planned": {
      const planned = resolution.deliveries;
      const deliveries = await withinCap(deps.smsCaps, planned, sms);
      if (deliveries.some(({ send }) => send)) return { outcome: "send", reason: null, until: null, deliveries };
      // The cap is asked later, so that its reason comes after those of the decision.
      const reason = firstSkipReason(planned) ?? firstSkipReason(deliveries) ?? "no_contact";
      return { outcome: "suppressed", reason, until: null, deliveries };
    }
  }
}

async function withinCap(
  smsCaps: SmsCaps,
  deliveries: DeliveryDecision[],
  { clientId, texts }: { clientId: string; texts: Texts },
): Promise<DeliveryDecision[]> {
  if (!deliveries.some((delivery) => delivery.send && delivery.channel === "sms")) return deliveries;
  const [today] = await smsCaps.today(clientId);
  if (today === undefined) return deliveries;
  const content = texts("sms");
  return refuseBeyondCap(deliveries, content.kind === "sms" ? smsSize(content.text).segments : 0, today);
}
