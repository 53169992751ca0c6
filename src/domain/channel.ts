/** The ways to reach somebody. Contacts, queues and deliveries name one of these. */
export const CHANNELS = ["apns", "fcm", "sms", "email"] as const;
export type Channel = (typeof CHANNELS)[number];

/** What a category, a preference or a request may name: `push` stands for both kinds of phone. */
export const CHANNEL_WORDS = ["push", ...CHANNELS] as const;
export type ChannelWord = (typeof CHANNEL_WORDS)[number];

/** The part of a template that a channel is rendered from. */
export const CONTENT_KINDS = ["push", "sms", "email"] as const;
export type ContentKind = (typeof CONTENT_KINDS)[number];

/** The real channels behind a word. */
export function channelsOf(word: ChannelWord): readonly Channel[] {
  return word === "push" ? ["apns", "fcm"] : [word];
}

export function contentKindOf(word: ChannelWord): ContentKind {
  switch (word) {
    case "push":
    case "apns":
    case "fcm":
      return "push";
    case "sms":
      return "sms";
    case "email":
      return "email";
  }
}

/** Every word that a switch for this channel may be filed under, the most general first. */
export function wordsFor(channel: Channel): readonly ChannelWord[] {
  return contentKindOf(channel) === "push" ? ["push", channel] : [channel];
}

/** Devices: every active one is reached, and a token belongs to one user at a time. */
export function isDevice(channel: Channel): boolean {
  return contentKindOf(channel) === "push";
}
