import type { NamedFacts } from "../database/request-facts.ts";
import { type ChannelWord, contentKindOf } from "../domain/channel.ts";
import { type ChannelGroup, reachableChannels } from "../domain/decide-deliveries.ts";
import type { NotificationBody } from "../domain/notification-body.ts";
import { inlineAddress } from "../domain/recipient.ts";
import { findMissingVariables } from "../rendering/missing-variables.ts";
import { templateVariables } from "../rendering/template-variables.ts";
import { checkTimes } from "./check-times.ts";
import { ApiError, invalidField } from "./errors.ts";
import { missingVariables } from "./template-problems.ts";

/** What a request may reach, and what it is made of. */
export type Checked = {
  channels: ChannelGroup[];
  template: NonNullable<NamedFacts["template"]> & { id: string };
  priority: "high" | "normal" | "low";
};

export type CheckedRequest = {
  body: NotificationBody;
  /** May this key send on all channels that the request can reach? */
  maySend: (channels: readonly ChannelGroup[]) => boolean;
};

/**
 * Everything about a request that can be known to be wrong before it is accepted.
 * @throws {ApiError} 400, 403, 404 or 422 that names the field
 */
export function checkRequest(now: Date, request: CheckedRequest, facts: NamedFacts): Checked {
  const { body } = request;
  const { user, category, template } = facts;
  if ("userId" in body.to && user === null)
    throw notFound("user_not_found", "to.userId", "There is no user with this ID.");
  if (category === null) throw notFound("category_not_found", "category", "There is no category with this ID.");
  if (template === null) throw notFound("template_not_found", "template", "There is no template with this ID.");
  const channels = channelsFor(body, category.channels);
  if (!request.maySend(channels)) {
    const words = channels.map(({ word }) => `send:${word}`);
    throw new ApiError("missing_scope", { detail: `The key needs the scope send, or each of ${words.join(", ")}.` });
  }
  checkTimes(now, body);
  const missing = findMissingVariables(
    template.locales,
    { kinds: kindsOf(channels), locales: [body.locale ?? user?.locale ?? null, null] },
    templateVariables(body.data, user),
  );
  if (missing.length > 0) throw missingVariables(missing, user !== null);
  return { channels, template: { ...template, id: body.template }, priority: body.priority ?? category.priority };
}

/** The category's channels, narrowed by the request and by the one channel that an address has. */
function channelsFor(body: NotificationBody, ofCategory: readonly ChannelWord[]): ChannelGroup[] {
  const requested = reachableChannels(ofCategory, body.channels ?? null);
  if (requested.length === 0)
    throw invalidField("channels", `must name a channel of the category (${ofCategory.join(", ")})`);
  const inline = inlineAddress(body.to);
  if (inline === null) return requested;
  const usable = requested.some(({ channels }) => channels.includes(inline.channel));
  if (!usable) throw invalidField("to", `has an address for ${inline.channel}, which this request cannot use`);
  return [{ word: inline.channel, channels: [inline.channel] }];
}

function kindsOf(channels: readonly ChannelGroup[]) {
  return [...new Set(channels.map(({ word }) => contentKindOf(word)))];
}

function notFound(code: "user_not_found" | "category_not_found" | "template_not_found", field: string, detail: string) {
  return new ApiError(code, { detail, errors: [{ field, message: "does not exist" }] });
}
