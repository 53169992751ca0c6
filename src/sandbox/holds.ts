import type { Respond, SandboxRequest } from "./rules.ts";

/** A request that waits for its rule to be removed. */
export type HeldRequest = SandboxRequest & {
  attemptId: string | null;
  notificationId: string | null;
  hold: NonNullable<Respond["hold"]>;
};

type Waiting = { ruleId: string; request: HeldRequest; released: PromiseWithResolvers<undefined> };

/** The requests that rules hold back; each goes on when its rule is removed, its sender still there or not. */
export class Holds {
  #waiting: readonly Waiting[] = [];

  /** Resolves when the rule is released. @throws when the sandbox closes first */
  wait(ruleId: string, request: HeldRequest): Promise<void> {
    const released = Promise.withResolvers<undefined>();
    this.#waiting = [...this.#waiting, { ruleId, request, released }];
    return released.promise;
  }

  requests(): readonly HeldRequest[] {
    return this.#waiting.map(({ request }) => request);
  }

  release(ruleId: string): void {
    const released = this.#waiting.filter((waiting) => waiting.ruleId === ruleId);
    this.#waiting = this.#waiting.filter((waiting) => waiting.ruleId !== ruleId);
    for (const waiting of released) waiting.released.resolve(undefined);
  }

  close(): void {
    for (const { released } of this.#waiting) released.reject(new Error("The sandbox is closing."));
    this.#waiting = [];
  }
}
