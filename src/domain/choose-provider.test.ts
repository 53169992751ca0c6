import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseProvider, nextTurnInMs, type ProviderFacts } from "./choose-provider.ts";
import { GUARANTEES } from "./guarantee.ts";

const now = new Date("2026-11-25T12:00:00Z");
const inMs = (ms: number) => new Date(now.getTime() + ms);
const facts = (provider: string, more: Partial<ProviderFacts> = {}): ProviderFacts => ({
  provider,
  ...{ paused: false, breaker: "closed", refused: false, calls: 0, setbacks: 0, againAt: null, inDoubt: false },
  ...more,
});
const take = (provider: string | null, probe: string | null = null) => ({ kind: "take", provider, probe });
const choose = (...providers: ProviderFacts[]) => chooseProvider(providers, "at_least_once", now);

describe("which provider takes an attempt", () => {
  it.each<[string, ProviderFacts[], unknown]>([
    ["the first in order", [facts("a"), facts("b")], take("a")],
    ["the next where the first is paused", [facts("a", { paused: true }), facts("b")], take("b")],
    ["the next where the first has refused it", [facts("a", { refused: true }), facts("b")], take("b")],
    ["the next where the first is broken", [facts("a", { breaker: "open" }), facts("b")], take("b")],
    ["a broken one that may be probed, else the next", [facts("a", { breaker: "probe" }), facts("b")], take("b", "a")],
    ["the next where the first is left alone", [facts("a", { againAt: inMs(1) }), facts("b")], take("b")],
    ["the first again once its time has come", [facts("a", { againAt: now }), facts("b")], take("a")],
    ["the one that has failed less", [facts("a", { setbacks: 2 }), facts("b", { setbacks: 1 })], take("b")],
    ["the same one after a doubt", [facts("a"), facts("b", { inDoubt: true, setbacks: 3 })], take("b")],
    ["another one where that is broken", [facts("a"), facts("b", { inDoubt: true, breaker: "probe" })], take("a")],
    [
      "nobody, while the one in doubt is left alone",
      [facts("a"), facts("b", { inDoubt: true, againAt: inMs(1) })],
      { kind: "none", why: "not_ready" },
    ],
    [
      "nobody, where all are paused or have refused",
      [facts("a", { paused: true }), facts("b", { refused: true })],
      { kind: "none", why: "paused" },
    ],
    ["nobody, where all have refused", [facts("a", { refused: true })], { kind: "none", why: "no_provider" }],
    ["nobody, where there is none", [], { kind: "none", why: "no_provider" }],
  ])("is %s", (_, providers, expected) => {
    expect(choose(...providers)).toEqual(expected);
  });

  it("is never a probe that could end in doubt, where at most once is promised and another is ready", () => {
    const probeable = facts("a", { breaker: "probe" });
    expect(chooseProvider([probeable, facts("b")], "at_most_once", now)).toEqual(take("b"));
    expect(chooseProvider([probeable], "at_most_once", now)).toEqual(take(null, "a"));
  });

  const anyFacts = fc
    .array(
      fc.record({
        paused: fc.boolean(),
        breaker: fc.constantFrom("closed", "closed", "open", "probe"),
        refused: fc.boolean(),
        setbacks: fc.nat(3),
        againAt: fc.constantFrom(null, inMs(-1_000), inMs(1_000)),
      }),
      { maxLength: 4 },
    )
    .map((all) => all.map((one, index) => facts(`p${index}`, { ...one, calls: 3 })));
  const withDoubt = fc
    .tuple(anyFacts, fc.nat(4))
    .map(([all, index]) => all.map((one, position) => ({ ...one, inDoubt: position === index })));

  it("is one that can, and of those one that has failed least; and there is one whenever one can", () => {
    fc.assert(
      fc.property(withDoubt, fc.constantFrom(...GUARANTEES), (providers, guarantee) => {
        const choice = chooseProvider(providers, guarantee, now);
        const can = providers.filter(
          ({ paused, refused, breaker, againAt }) =>
            !paused && !refused && breaker !== "open" && !(againAt !== null && againAt > now),
        );
        const taker = choice.kind === "take" ? (choice.probe ?? choice.provider) : null;
        const taken = can.find(({ provider }) => provider === taker);
        if (choice.kind === "take") expect(taken).toBeDefined();
        const doubted = providers.find(({ inDoubt }) => inDoubt);
        if (doubted === undefined && can.some(({ breaker }) => breaker === "closed")) expect(choice.kind).toBe("take");
        if (taken !== undefined && !taken.inDoubt && taken.breaker === "probe") {
          expect(can.every(({ setbacks }) => setbacks >= taken.setbacks)).toBe(true);
        }
        if (choice.kind === "take" && choice.provider !== null) {
          expect(can.find(({ provider }) => provider === choice.provider)?.breaker).toBe("closed");
        }
      }),
    );
  });

  it("comes up for a turn no later than anybody becomes able", () => {
    fc.assert(
      fc.property(withDoubt, (providers) => {
        const turn = nextTurnInMs(providers, now);
        if (turn === null) return;
        const kind = chooseProvider(providers, "at_least_once", inMs(turn)).kind;
        expect(kind).toBe("take");
      }),
    );
  });
});
