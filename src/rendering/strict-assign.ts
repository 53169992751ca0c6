import { type Context, type Liquid, Tag, type TagToken, type TopLevelToken, Value } from "liquidjs";

/**
 * `{% assign %}` that needs its variables as printing does. The library's reads a missing one as null wherever
 * conditions may, and a text would go out with a hole.
 */
export class StrictAssignTag extends Tag {
  readonly #name: string;
  readonly #value: Value;

  constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid) {
    super(token, rest, liquid);
    const { tokenizer } = token;
    this.#name = tokenizer.readIdentifier().content;
    tokenizer.assert(this.#name, "expected variable name");
    tokenizer.skipBlank();
    tokenizer.assert(tokenizer.peek() === "=", 'expected "="');
    tokenizer.advance();
    this.#value = new Value(tokenizer.readFilteredValue(), liquid);
  }

  *render(context: Context): Generator<unknown, void> {
    (context.bottom() as Record<string, unknown>)[this.#name] = yield this.#value.value(context, false);
  }
}
