/**
 * What an operator should know:
 * - `provider_needs_mending`: calls fail because of credentials, quotas or settings; of a provider.
 * - `provider_down`: a provider is given no messages for now; of a provider.
 * - `dead_letters`: more than the threshold within an hour; of a client.
 * - `workflows_lost`: repair had to take notifications over.
 * - `sms_cap_near`, `sms_cap_reached`: most of what a client may send as SMS today is used, or all of it; of a client.
 * - `receipts_missing`: a provider that should tell what became of its messages does not, or not any more; of a provider.
 * - `endpoint_disabled`: a client's endpoint had only failed for days, or said that it is gone; of an endpoint.
 */
export const ALERT_KINDS = [
  "provider_needs_mending",
  "provider_down",
  "dead_letters",
  "workflows_lost",
  "sms_cap_near",
  "sms_cap_reached",
  "receipts_missing",
  "endpoint_disabled",
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Those of a day: told once, and over with the day at the latest. */
export const DAILY_ALERTS = ["sms_cap_near", "sms_cap_reached"] as const satisfies AlertKind[];
/** The part of a cap from which on it is near. */
export const SMS_CAP_NEAR = 0.8;

/**
 * A provider whose receipts are missing: of so many attempts of an hour it told of none, or of less than this part though
 * of more than that one on the day before.
 */
export const MISSING_RECEIPTS = { attempts: 50, few: 0.1, before: 0.5 };

/** While it goes on it is told again at most so often, in milliseconds. */
export const TELL_AGAIN_AFTER_MS = 3_600_000;
/** Not seen for so long, in milliseconds, it is over: longer than the longest delay between two attempts. */
export const RECOVERED_AFTER_MS = 30 * 60_000;
/** Dead letters are counted over this time. */
export const DEAD_LETTER_WINDOW_MS = 3_600_000;
