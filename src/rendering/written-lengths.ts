import { Drop } from "liquidjs";

/**
 * How long values are once they are written out: one for each value, and the characters of texts. A list can be in many
 * places of another one, and that one again, so that forty lists may be longer than any machine can write. Each list is
 * gone through once, however often it is asked for: values in Liquid never change.
 */
export class WrittenLengths {
  readonly #known = new WeakMap<object, number>();

  of(value: unknown): number {
    if (typeof value === "string") return value.length + 1;
    // What Liquid itself makes, such as `forloop`, is small, and does change.
    if (typeof value !== "object" || value === null || value instanceof Drop) return 1;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    let length = 1;
    if (Array.isArray(value)) for (const element of value) length += this.of(element);
    else for (const [key, inner] of Object.entries(value)) length += key.length + this.of(inner);
    this.#known.set(value, length);
    return length;
  }
}
