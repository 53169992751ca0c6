import type { Respond, SandboxRequest } from "./rules.ts";

/** Long enough to be seen, short enough for every call's deadline. */
const SLOW_MS = 5_000;
const RETRY_AFTER_S = 60;

type Magic = Record<string, Respond>;

const ALL_MAIL: Magic = {
  "slow@sandbox.test": { delayMs: SLOW_MS },
  "drop@sandbox.test": { drop: "after_accept" },
};

/** What each provider says to them, in its own words. Mail: whole addresses. */
const MAIL: Record<string, Magic> = {
  smtp: {
    ...ALL_MAIL,
    "bounce@sandbox.test": { status: 550, code: "5.1.1" },
    "spam@sandbox.test": { status: 554, code: "5.7.1" },
    "throttle@sandbox.test": { status: 450, code: "4.2.1" },
  },
  sendgrid: {
    ...ALL_MAIL,
    "bounce@sandbox.test": { status: 400, code: "personalizations.0.to.0.email" },
    "spam@sandbox.test": { status: 400, code: "content" },
    "throttle@sandbox.test": { status: 429, retryAfterSeconds: RETRY_AFTER_S },
  },
  mailchimp: {
    ...ALL_MAIL,
    "bounce@sandbox.test": { status: 400, code: "hard-bounce" },
    "spam@sandbox.test": { status: 400, code: "rule" },
    "throttle@sandbox.test": { status: 429, retryAfterSeconds: RETRY_AFTER_S },
  },
};

/** Ends of device tokens. */
const TOKENS: Record<string, Magic> = {
  fcm: {
    dead0410: { status: 404, code: "UNREGISTERED" },
    dead0429: { status: 429, code: "QUOTA_EXCEEDED", retryAfterSeconds: RETRY_AFTER_S },
  },
  apns: {
    dead0410: { status: 410, code: "Unregistered" },
    dead0429: { status: 429, code: "TooManyRequests" },
  },
};

/** Whole numbers; Twilio's own test numbers, and one more. */
const PHONES: Record<string, Magic> = {
  twilio: {
    "+15005550001": { status: 400, code: "21211" },
    "+15005550009": { status: 400, code: "21614" },
    "+15005550429": { status: 429, code: "20429", retryAfterSeconds: RETRY_AFTER_S },
  },
  vonage: {
    "+15005550001": { status: 400, code: "6" },
    "+15005550009": { status: 400, code: "33" },
    "+15005550429": { status: 429, code: "1", retryAfterSeconds: RETRY_AFTER_S },
  },
};

/** How recipients behave that need no rule, so that a trouble can be tried from anywhere; null for all others. */
export function magicResponse({ provider, channel, to }: SandboxRequest): Respond | null {
  switch (channel) {
    case "email":
      return MAIL[provider]?.[to.toLowerCase()] ?? null;
    case "fcm":
    case "apns":
      return Object.entries(TOKENS[provider] ?? {}).find(([ending]) => to.toLowerCase().endsWith(ending))?.[1] ?? null;
    case "sms":
      return PHONES[provider]?.[to] ?? null;
  }
}
