import type { NamedFacts } from "../database/request-facts.ts";
import { type Channel, type ContentKind, contentKindOf } from "../domain/channel.ts";
import type { DeliveryDecision } from "../domain/decide-deliveries.ts";
import type { Guarantee } from "../domain/guarantee.ts";
import type { NotificationBody } from "../domain/notification-body.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import type { SkipReason } from "../domain/status.ts";
import { renderContent } from "../rendering/render.ts";
import { templateVariables } from "../rendering/template-variables.ts";
import type { Checked } from "./check-request.ts";
import { type NextProvider, nextProvider, type NextProviderDependencies } from "./next-provider.ts";
import { shownContent } from "./shown-content.ts";

export type ExplainedChannel = NextProvider & {
  channel: string;
  decision: "send" | "skip";
  reason: SkipReason | null;
  /** Null where it is skipped, or the request brought the address. */
  contactId: string | null;
  content: Record<string, unknown> | null;
};

/** What a request reads like: each text is rendered once, however many addresses get it. */
export type Texts = (kind: ContentKind) => RenderedContent;

export function textsOf(body: NotificationBody, template: Checked["template"], user: NamedFacts["user"]): Texts {
  const locale = body.locale ?? user?.locale ?? null;
  const rendered = new Map<ContentKind, RenderedContent>();
  return (kind) => {
    const content =
      rendered.get(kind) ?? renderContent(template.locales, kind, locale, templateVariables(body.data, user));
    rendered.set(kind, content);
    return content;
  };
}

/** Each delivery as it is told: what it says and who would send it, or why it is skipped. */
export async function explainChannels(
  deps: NextProviderDependencies,
  deliveries: readonly DeliveryDecision[],
  texts: Texts,
  guarantee: Guarantee,
): Promise<ExplainedChannel[]> {
  const used = new Set(deliveries.flatMap((delivery) => (delivery.send ? [delivery.channel] : [])));
  const turnOf = async (channel: Channel) => [channel, await nextProvider(deps, channel, guarantee)] as const;
  const turns = new Map(await Promise.all([...used].map(turnOf)));
  return deliveries.map((delivery) => {
    if (!delivery.send) return skipped(delivery.channel, delivery.reason);
    const { channel, contactId } = delivery;
    const turn = turns.get(channel);
    if (turn === undefined || (deps.channels[channel] ?? []).length === 0) return skipped(channel, "no_provider");
    const content = shownContent(texts(contentKindOf(channel)));
    return { channel, decision: "send", reason: null, contactId, content, ...turn };
  });
}

function skipped(channel: string, reason: SkipReason): ExplainedChannel {
  return { channel, decision: "skip", reason, contactId: null, content: null, provider: null, waitsFor: null };
}
