/** What a category promises where it cannot be known whether a provider took a message. */
export const GUARANTEES = ["at_least_once", "at_most_once"] as const;
export type Guarantee = (typeof GUARANTEES)[number];
