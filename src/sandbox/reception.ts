import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type HeldRequest, Holds } from "./holds.ts";
import type { Ledger } from "./ledger.ts";
import { magicResponse } from "./magic-recipients.ts";
import type { SandboxMessage } from "./message.ts";
import { type Respond, type Rule, type RuleInput, type SandboxRequest, takeRule } from "./rules.ts";

/** What a stand-in does on its wire after a request. */
export type Reaction =
  | { do: "accept"; messageId: string }
  | { do: "refuse"; respond: Respond & { status: number } }
  | { do: "drop" }
  | { do: "garble" };

type Content = Omit<SandboxMessage, "id" | "at" | "channel" | "provider" | "to" | "outcome">;

/** What all stand-ins share: the rules, the counters and the ledger. */
export class Reception {
  #rules: readonly Rule[] = [];
  readonly #requests: Record<string, number> = {};
  readonly #ledger: Ledger;
  readonly #holds = new Holds();
  readonly #closing = new AbortController();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Requests seen since the start, taken or not, by provider. */
  requests(): Record<string, number> {
    return { ...this.#requests };
  }

  /** Requests that rules hold back, oldest first. */
  held(): readonly HeldRequest[] {
    return this.#holds.requests();
  }

  rules(): readonly Rule[] {
    return this.#rules;
  }

  addRule(input: RuleInput): Rule {
    const rule = { id: randomUUID(), match: input.match, timesLeft: input.times ?? null, respond: input.respond };
    this.#rules = [...this.#rules, rule];
    return rule;
  }

  /** Lets go of what the rule holds back. Returns whether there was such a rule. */
  removeRule(id: string): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((rule) => rule.id !== id);
    this.#holds.release(id);
    return this.#rules.length < before;
  }

  removeAllRules(): void {
    for (const { id } of this.#rules) this.removeRule(id);
  }

  /**
   * Counts a request and finds out what becomes of it. The message is on disk before this resolves with anything that
   * lets its sender know.
   * @throws when the sandbox is closing, or the ledger cannot be written
   */
  async receive(request: SandboxRequest, content: Content): Promise<Reaction> {
    this.#requests[request.provider] = (this.#requests[request.provider] ?? 0) + 1;
    const rule = this.#takeRule(request);
    const respond = rule?.respond ?? magicResponse(request) ?? {};
    if (respond.delayMs !== undefined) await wait(respond.delayMs, undefined, { signal: this.#closing.signal });
    await this.#holdBack(rule, "before_accept", { ...request, ...content });
    if (respond.drop === "before") return { do: "drop" };
    if (respond.status !== undefined && respond.status >= 400) {
      return { do: "refuse", respond: { ...respond, status: respond.status } };
    }
    const id = randomUUID();
    await this.#ledger.append({
      id,
      at: new Date().toISOString(),
      ...request,
      ...content,
      outcome: outcomeOf(respond),
    });
    await this.#holdBack(rule, "after_accept", { ...request, ...content });
    if (respond.drop === "after_accept") return { do: "drop" };
    return respond.garbled === true ? { do: "garble" } : { do: "accept", messageId: id };
  }

  /** Ends the waits of answers that are being held back. */
  close(): void {
    this.#closing.abort();
    this.#holds.close();
  }

  #takeRule(request: SandboxRequest): Rule | null {
    const { rule, rules } = takeRule(this.#rules, request);
    this.#rules = rules;
    return rule;
  }

  async #holdBack(
    rule: Rule | null,
    hold: HeldRequest["hold"],
    { provider, channel, to, attemptId, notificationId }: SandboxRequest & Content,
  ): Promise<void> {
    // A rule that was removed while the message was written holds nothing back any more.
    if (rule?.respond.hold !== hold || !this.#rules.some(({ id }) => id === rule.id)) return;
    this.#closing.signal.throwIfAborted();
    await this.#holds.wait(rule.id, { provider, channel, to, attemptId, notificationId, hold });
  }
}

function outcomeOf(respond: Respond): SandboxMessage["outcome"] {
  if (respond.drop === "after_accept") return "accepted_unanswered";
  return respond.garbled === true ? "accepted_garbled" : "accepted";
}
