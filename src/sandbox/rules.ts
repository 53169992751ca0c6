import { z } from "zod";
import { CHANNELS } from "../domain/channel.ts";

/** How a stand-in behaves to one request; an empty object is the usual acceptance. */
export const respondSchema = z
  .strictObject({
    /** An HTTP status or an SMTP reply code; each provider's stand-in translates it into its own protocol. */
    status: z.int().min(200).max(599).optional(),
    /** The provider's own error code: `5.1.1` for SMTP, `UNREGISTERED` for FCM. */
    code: z
      .string()
      .regex(/^[\w.-]{1,64}$/, "must be 1 to 64 letters, digits, dots or dashes")
      .optional(),
    retryAfterSeconds: z.int().min(0).max(86_400).optional(),
    delayMs: z.int().min(0).max(600_000).optional(),
    /** Goes no further until the rule is removed, before or after the message is taken. */
    hold: z.enum(["before_accept", "after_accept"]).optional(),
    /** Ends the connection without an answer, before or after the message was taken. */
    drop: z.enum(["before", "after_accept"]).optional(),
    /** Takes the message and answers nonsense. */
    garbled: z.boolean().optional(),
  })
  .refine(
    (respond) =>
      [respond.drop !== undefined, respond.garbled === true, (respond.status ?? 200) >= 400].filter(Boolean).length <=
      1,
    "only one of drop, garbled and a status of 400 or more can happen",
  )
  .refine(
    ({ hold, drop, status }) => hold !== "after_accept" || (drop !== "before" && (status ?? 200) < 400),
    "what is not accepted cannot be held after_accept",
  );
export type Respond = z.infer<typeof respondSchema>;

export const ruleSchema = z.strictObject({
  match: z
    .strictObject({
      provider: z.string().min(1).optional(),
      channel: z.enum(CHANNELS).optional(),
      /** The whole address or token; capitals do not count. */
      to: z.string().min(1).optional(),
    })
    .default({}),
  /** How many requests it is for; absent: all. */
  times: z.int().min(1).max(1_000_000).optional(),
  respond: respondSchema,
});
export type RuleInput = z.infer<typeof ruleSchema>;

/** `timesLeft` is null for a rule without an end. */
export type Rule = { id: string; match: RuleInput["match"]; timesLeft: number | null; respond: Respond };

export type SandboxRequest = { provider: string; channel: (typeof CHANNELS)[number]; to: string };

/** The first rule for this request that is not used up, and the rules as they are after it was used. */
export function takeRule(
  rules: readonly Rule[],
  request: SandboxRequest,
): { rule: Rule | null; rules: readonly Rule[] } {
  const rule = rules.find((candidate) => candidate.timesLeft !== 0 && matches(candidate, request)) ?? null;
  if (rule === null || rule.timesLeft === null) return { rule, rules };
  const used = { ...rule, timesLeft: rule.timesLeft - 1 };
  return { rule, rules: rules.map((candidate) => (candidate === rule ? used : candidate)) };
}

function matches({ match }: Rule, request: SandboxRequest): boolean {
  return (
    (match.provider === undefined || match.provider === request.provider) &&
    (match.channel === undefined || match.channel === request.channel) &&
    (match.to === undefined || match.to.toLowerCase() === request.to.toLowerCase())
  );
}
