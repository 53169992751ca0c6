import { Expression, type Liquid, TokenKind, Tokenizer, TypeGuards, type ValueToken } from "liquidjs";

// No template can spell it.
const FILTER = "(..)";

/**
 * Refuses ranges of numbers so large that adding 1 does not change them: the library counts up to the end, and would
 * never come there. It has no other place to look at an end once it is known.
 */
export function boundRangeEnds(liquid: Liquid): void {
  liquid.registerFilter(FILTER, (end: unknown) => {
    if (Math.abs(Number(end)) > Number.MAX_SAFE_INTEGER) throw new Error("a range ends beyond what can be counted");
    return end;
  });
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with what it is called on
const { readGroupOrRange } = Tokenizer.prototype;
Tokenizer.prototype.readGroupOrRange = function (this: Tokenizer) {
  const token = readGroupOrRange.call(this);
  if (!TypeGuards.isRangeToken(token)) return token;
  token.lhs = filtered(token.lhs);
  token.rhs = filtered(token.rhs);
  return token;
};

/** `end | (..)` */
function filtered(end: ValueToken): ValueToken {
  const filters = [{ kind: TokenKind.Filter, name: FILTER, args: [] }];
  return { kind: TokenKind.FilteredValue, initial: new Expression([end].values()), filters } as unknown as ValueToken;
}
