import type { OnLimit } from "./category.ts";
import type { ChannelWord, ContentKind } from "./channel.ts";
import type { AllowedCountries } from "./country.ts";
import type { ContactFacts, DecisionFacts } from "./decide-deliveries.ts";
import { type CategoryQuietHours, type QuietHours, quietHoursFor, quietUntil } from "./quiet-hours.ts";
import type { RateLimit, ScopedLimit } from "./rate-limit.ts";
import type { Recipient } from "./recipient.ts";
import { contentKindsFor } from "./template.ts";

/** What is stored about everything that a decision looks at, as it is at one moment. */
export type StoredFacts = {
  category: DecisionFacts["category"] & {
    limits: RateLimit[];
    onLimit: OnLimit;
    quietHours: CategoryQuietHours;
    dedupWithinMs: number | null;
  };
  settings: { limits: RateLimit[]; quietHours: QuietHours | null; smsCountries: AllowedCountries };
  /** Per locale of the template, what it has text for. */
  templateKinds: Record<string, ContentKind[]>;
  userLocale: string | null;
  userTimezone: string | null;
  preferences: DecisionFacts["preferences"] & { quietHours: QuietHours | null };
  contacts: ContactFacts[];
};

/** The part of a request that narrows whom it reaches. */
export type RequestedReach = { to: Recipient; channels?: readonly ChannelWord[]; locale?: string | undefined };

/** What {@link decideNotification} goes by. */
export type NotificationFacts = DecisionFacts & {
  /** The hours in which this notification is held; null: none. */
  quietHours: QuietHours | null;
  /** IANA name; null: not known. */
  timezone: string | null;
};

export function rulesFor({ to, channels, locale }: RequestedReach, facts: StoredFacts): NotificationFacts {
  return {
    category: facts.category,
    requestedChannels: channels ?? null,
    templateKinds: contentKindsFor(facts.templateKinds, locale ?? facts.userLocale),
    contacts: facts.contacts,
    allContacts: "userId" in to && to.contacts === "all",
    smsCountries: facts.settings.smsCountries,
    preferences: facts.preferences,
    quietHours: quietHoursFor(facts),
    timezone: facts.userTimezone,
  };
}

/** The rate limits that a notification is under. */
export type LimitsOf = {
  /** Who is limited: a user's id, or the hash of an address. */
  subject: string;
  limits: ScopedLimit[];
  /** `defer` takes the earliest free time. */
  onFull: OnLimit;
  /** Moves a deferred time out of quiet hours. */
  notBefore: (time: Date) => Date;
};

export function limitsOf(facts: StoredFacts, subject: string): LimitsOf {
  const { category, settings } = facts;
  const quietHours = quietHoursFor(facts);
  return {
    subject,
    limits: [
      ...category.limits.map((limit) => ({ ...limit, scope: `category:${category.id}` })),
      ...settings.limits.map((limit) => ({ ...limit, scope: "all" })),
    ],
    onFull: category.onLimit,
    notBefore: (time) => quietUntil(time, quietHours, facts.userTimezone) ?? time,
  };
}
