import { z } from "zod";
import { CHANNEL_WORDS, channelsOf, type ChannelWord } from "./channel.ts";

/**
 * What a key may do. `send`: notify on every channel; `send:<channel>`: on that one; `metrics`: read the metrics, and
 * nothing of anybody; `read`: look at everything;
 * `manage`: look at and change users, categories, templates and settings, but send nothing; `admin`: everything,
 * keys included.
 */
export type Scope = "send" | `send:${ChannelWord}` | "metrics" | "read" | "manage" | "admin";

export const SCOPES: readonly Scope[] = [
  "send",
  ...CHANNEL_WORDS.map((word) => `send:${word}` as const),
  "metrics",
  "read",
  "manage",
  "admin",
];

export const scopeSchema = z.enum(SCOPES as [Scope, ...Scope[]]);

/** Whether one of the scopes that a key has covers the one that is needed. */
export function grants(given: readonly string[], needed: Scope): boolean {
  return given.some((scope) => covers(scope, needed));
}

function covers(scope: string, needed: Scope): boolean {
  if (scope === needed || scope === "admin") return true;
  if (scope === "manage") return needed === "read" || needed === "metrics";
  if (scope === "read") return needed === "metrics";
  if (!needed.startsWith("send:")) return false;
  if (scope === "send") return true;
  return scope === "send:push" && channelsOf("push").some((channel) => needed === `send:${channel}`);
}
