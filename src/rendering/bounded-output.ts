import { CaptureTag, toValue, type Context, type Emitter } from "liquidjs";
import { markEscaped } from "./escaped-texts.ts";

/** Liquid bounds what filters make, but not what is written; with this, both draw on the same limit. */
export class BoundedEmitter implements Emitter {
  buffer = "";
  readonly #context: Context;
  readonly #maxLength: number;

  /** @param maxLength characters, within the context's memory limit */
  constructor(context: Context, maxLength = Number.POSITIVE_INFINITY) {
    this.#context = context;
    this.#maxLength = maxLength;
  }

  write(value: unknown): void {
    const text = printed(value);
    this.#context.memoryLimit.use(text.length);
    if (this.buffer.length + text.length > this.#maxLength) {
      throw new Error(`output is longer than ${this.#maxLength} characters`);
    }
    this.buffer += text;
  }
}

/** `{% capture %}`, which otherwise writes without bounds. */
export class BoundedCaptureTag extends CaptureTag {
  override *render(context: Context): Generator<unknown, void> {
    const emitter = new BoundedEmitter(context);
    yield this.liquid.renderer.renderTemplates(this.templates, context, emitter);
    context.bottom()[this.variable] = emitter.buffer;
    // What it printed was escaped as it was printed, and is not escaped once more.
    if (context.opts.outputEscape !== undefined) markEscaped(context, emitter.buffer);
  }
}

/** As Liquid prints: nothing for null, arrays element by element. */
function printed(value: unknown): string {
  const plain: unknown = toValue(value);
  if (typeof plain === "string") return plain;
  if (plain === null || plain === undefined) return "";
  // An object prints as Liquid prints it: `[object Object]`.
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- on purpose
  return Array.isArray(plain) ? plain.map(printed).join("") : String(plain);
}
