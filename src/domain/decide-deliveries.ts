import {
  type Channel,
  type ChannelWord,
  channelsOf,
  contentKindOf,
  type ContentKind,
  isDevice,
  wordsFor,
} from "./channel.ts";
import { type AllowedCountries, isAllowed } from "./country.ts";
import type { SkipReason } from "./status.ts";

/** What is known of a contact at the moment of the decision. */
export type ContactFacts = {
  /** Null: the request brought the address. */
  id: string | null;
  channel: Channel;
  primary: boolean;
  active: boolean;
  suppressed: boolean;
  /** Of a phone number, where it has one. */
  country: string | null;
  registeredAt: Date;
};

/** A user's switches: `all: false` leaves only mandatory categories; the rest is category → channel word → on or off. */
export type PreferenceFacts = {
  all: boolean;
  categories: Record<string, Partial<Record<ChannelWord, boolean>>>;
};

export type DecisionFacts = {
  category: { id: string; channels: readonly ChannelWord[]; mandatory: boolean };
  /** Narrows the category's channels; null: all of them. */
  requestedChannels: readonly ChannelWord[] | null;
  templateKinds: ReadonlySet<ContentKind>;
  contacts: readonly ContactFacts[];
  /** Every active phone number and mailbox is addressed, instead of the primary one. */
  allContacts: boolean;
  smsCountries: AllowedCountries;
  preferences: PreferenceFacts;
};

export type DeliveryDecision =
  | { send: true; channel: Channel; contactId: string | null }
  | { send: false; channel: ChannelWord; reason: SkipReason };

/**
 * Which contacts a notification goes to, and why each other channel gets nothing, in the category's order. Rules are
 * asked in the order no_template, then suppressed, no_contact, country_not_allowed, opted_out; the first that says no is
 * the reason.
 * Mandatory categories pass over the user's switches, never over a suppression or a country.
 */
export function decideDeliveries(facts: DecisionFacts): DeliveryDecision[] {
  return reachableChannels(facts.category.channels, facts.requestedChannels).flatMap((group) =>
    decideGroup(group, facts),
  );
}

/** One entry of a category, narrowed: the word it is reported under where nobody is reached, and what it stands for. */
export type ChannelGroup = { word: ChannelWord; channels: Channel[] };

/** The category's channels that the request leaves, each real channel once. Empty: the request excludes them all. */
export function reachableChannels(
  words: readonly ChannelWord[],
  requested: readonly ChannelWord[] | null,
): ChannelGroup[] {
  const allowed = requested === null ? null : new Set(requested.flatMap(channelsOf));
  const seen = new Set<Channel>();
  return words.flatMap((word) => {
    const channels = channelsOf(word).filter(
      (channel) => !seen.has(channel) && (allowed === null || allowed.has(channel)),
    );
    channels.forEach((channel) => seen.add(channel));
    const [only] = channels;
    if (only === undefined) return [];
    return [{ word: channels.length === 1 ? only : word, channels }];
  });
}

function decideGroup(group: ChannelGroup, facts: DecisionFacts): DeliveryDecision[] {
  if (!facts.templateKinds.has(contentKindOf(group.word))) {
    return [{ send: false, channel: group.word, reason: "no_template" }];
  }
  const verdicts = group.channels.flatMap((channel) =>
    addressed(facts, channel).map((contact) => ({ contact, refusal: refusalOf(contact, facts) })),
  );
  const reached = verdicts.filter(({ refusal }) => refusal === null);
  if (reached.length > 0) {
    return reached.map(({ contact }) => ({ send: true, channel: contact.channel, contactId: contact.id }));
  }
  const suppressed = verdicts.some(({ refusal }) => refusal === "suppressed");
  const reason = suppressed ? "suppressed" : (verdicts[0]?.refusal ?? "no_contact");
  return [{ send: false, channel: group.word, reason }];
}

/** Nobody has more phones; tokens that apps have left behind must not make a notification too large to carry. */
const MAX_ADDRESSES = 100;

/** Every active device, the newest first; of phones and mailboxes the primary one, else the newest, unless all are meant. */
function addressed({ contacts, allContacts }: DecisionFacts, channel: Channel): ContactFacts[] {
  const active = contacts.filter((contact) => contact.channel === channel && contact.active);
  const newestFirst = active.toSorted((a, b) => b.registeredAt.getTime() - a.registeredAt.getTime());
  if (isDevice(channel) || allContacts) return newestFirst.slice(0, MAX_ADDRESSES);
  const chosen = newestFirst.find((contact) => contact.primary) ?? newestFirst[0];
  return chosen === undefined ? [] : [chosen];
}

function refusalOf(contact: ContactFacts, facts: DecisionFacts): SkipReason | null {
  if (contact.suppressed) return "suppressed";
  if (contact.channel === "sms" && !isAllowed(contact.country, facts.smsCountries)) return "country_not_allowed";
  if (facts.category.mandatory) return null;
  return isOptedOut(facts.preferences, facts.category.id, contact.channel) ? "opted_out" : null;
}

/** The gate before each attempt asks the same in SQL; a test holds the two together. */
export function isOptedOut(preferences: PreferenceFacts, categoryId: string, channel: Channel): boolean {
  if (!preferences.all) return true;
  const switches = preferences.categories[categoryId] ?? {};
  return wordsFor(channel).some((word) => switches[word] === false);
}
