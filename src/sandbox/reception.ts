import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
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
  readonly #closing = new AbortController();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Requests seen since the start, taken or not, by provider. */
  requests(): Record<string, number> {
    return { ...this.#requests };
  }

  rules(): readonly Rule[] {
    return this.#rules;
  }

  addRule(input: RuleInput): Rule {
    const rule = { id: randomUUID(), match: input.match, timesLeft: input.times ?? null, respond: input.respond };
    this.#rules = [...this.#rules, rule];
    return rule;
  }

  /** Whether there was such a rule. */
  removeRule(id: string): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((rule) => rule.id !== id);
    return this.#rules.length < before;
  }

  removeAllRules(): void {
    this.#rules = [];
  }

  /**
   * Counts a request and finds out what becomes of it. The message is on disk before this resolves with anything that
   * lets its sender know.
   * @throws when the sandbox is closing, or the ledger cannot be written
   */
  async receive(request: SandboxRequest, content: Content): Promise<Reaction> {
    this.#requests[request.provider] = (this.#requests[request.provider] ?? 0) + 1;
    const respond = this.#respondTo(request);
    if (respond.delayMs !== undefined) await wait(respond.delayMs, undefined, { signal: this.#closing.signal });
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
    if (respond.drop === "after_accept") return { do: "drop" };
    return respond.garbled === true ? { do: "garble" } : { do: "accept", messageId: id };
  }

  /** Ends the waits of answers that are being held back. */
  close(): void {
    this.#closing.abort();
  }

  #respondTo(request: SandboxRequest): Respond {
    const { rule, rules } = takeRule(this.#rules, request);
    this.#rules = rules;
    return rule?.respond ?? magicResponse(request) ?? {};
  }
}

function outcomeOf(respond: Respond): SandboxMessage["outcome"] {
  if (respond.drop === "after_accept") return "accepted_unanswered";
  return respond.garbled === true ? "accepted_garbled" : "accepted";
}
