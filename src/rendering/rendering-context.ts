import { Context, type Liquid } from "liquidjs";
import { VariableNames } from "./variable-names.ts";
import { WrittenLengths } from "./written-lengths.ts";

type Scope = Context["environments"];
type Keys = Parameters<Context["_getFromScope"]>[1];

/**
 * What one rendering knows about variables that were not there. `missing` names the one that was looked up last, by
 * its full path in the given variables; those in `forgiven` read as null instead of ending the rendering.
 */
export type Lookups = { missing: string | null; forgiven: ReadonlySet<string> };

// From here on, to go through a value takes longer than to ask for the time.
const LONG = 1_000;

/**
 * Liquid names a missing variable as the template spells it (`line.name`). This names it by where it would have to be
 * in the variables that the caller gives (`order.lines[0].name`). And it gives out no value that is too large to be
 * worked with: Liquid bounds what each filter adds, but lists of lists grow faster than that.
 */
export class RenderingContext extends Context {
  /** Texts in which everything is escaped that has a meaning in HTML. */
  readonly escaped = new Set<string>();
  readonly #names: VariableNames;
  readonly #lookups: Lookups;
  readonly #lengths = new WrittenLengths();

  constructor(liquid: Liquid, variables: object, lookups: Lookups) {
    super(variables, liquid.options, { sync: true }, { liquid });
    this.#names = new VariableNames(variables);
    this.#lookups = lookups;
  }

  /** @throws Error for a value that is longer than all that may be made, or where the time is over */
  bound(value: unknown): void {
    const length = this.#lengths.of(value);
    if (length > this.opts.memoryLimit) throw new Error("a value grows too large");
    if (length > LONG) this.renderLimit.check(0);
  }

  override *_getFromScope(scope: unknown, keys: Keys, strict = this.strictVariables): IterableIterator<unknown> {
    try {
      const value = (yield* super._getFromScope(scope, keys, strict) as Generator) as unknown;
      this.bound(value);
      return value;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "InternalUndefinedVariableError") throw error;
      const name = this.#nameOf(scope, typeof keys === "string" ? keys.split(".") : keys.map(String));
      if (this.#lookups.forgiven.has(name)) return null;
      this.#lookups.missing = name;
      throw error;
    }
  }

  /** For filters such as `where`, which look into each element with a context of its own. */
  override spawn(element: unknown = {}): Context {
    this.renderLimit.check(0);
    return new ElementContext(this, element);
  }

  #nameOf(scope: unknown, keys: string[]): string {
    const passed = [scope];
    for (const key of keys) passed.push(this.readProperty(passed.at(-1) as Scope, key));
    return this.#names.nameOf(passed, keys);
  }
}

/** An element need not have what it is looked into for: it reads as null, as a variable that is given as null. */
class ElementContext extends Context {
  constructor({ opts, liquid, memoryLimit, renderLimit }: Context, element: unknown) {
    super(element as Scope, opts, { sync: true }, { liquid: liquid as Liquid, memoryLimit, renderLimit });
  }

  override *_getFromScope(scope: unknown, keys: Keys): IterableIterator<unknown> {
    return ((yield* super._getFromScope(scope, keys, false) as Generator) as unknown) ?? null;
  }
}
