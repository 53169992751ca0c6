type Place = { holder: object; key: string };

/** Names what is missing by where it would have to be in the variables that a caller gave (`order.lines[0].name`). */
export class VariableNames {
  readonly #variables: object;
  /** Of every object and array. Made once, and only where something is missing: a text may lack thousands. */
  #places: ReadonlyMap<unknown, Place> | null = null;

  constructor(variables: object) {
    this.#variables = variables;
  }

  /**
   * The deepest value on the way that is itself part of the variables gives the first half of the name.
   * @param passed what was gone through: where the way begins, and what each key led to
   */
  nameOf(passed: readonly unknown[], keys: readonly string[]): string {
    for (let depth = keys.length; depth >= 0; depth--) {
      const path = this.#pathTo(passed[depth]);
      if (path !== null) return spell([...path, ...keys.slice(depth)]);
    }
    return spell(keys);
  }

  #pathTo(value: unknown): string[] | null {
    this.#places ??= placesIn(this.#variables);
    const path: string[] = [];
    for (let at = value; at !== this.#variables;) {
      const place = this.#places.get(at);
      if (place === undefined) return null;
      path.unshift(place.key);
      at = place.holder;
    }
    return path;
  }
}

/** Variables are JSON, so each is in one place only. */
function placesIn(variables: object): Map<unknown, Place> {
  const places = new Map<unknown, Place>();
  const waiting = [variables];
  for (let holder = waiting.pop(); holder !== undefined; holder = waiting.pop()) {
    for (const [key, value] of Object.entries(holder) as [string, unknown][]) {
      if (typeof value !== "object" || value === null || places.has(value)) continue;
      places.set(value, { holder, key });
      waiting.push(value);
    }
  }
  return places;
}

function spell(keys: readonly string[]): string {
  return keys.reduce((path, key) => {
    if (/^\d+$/.test(key)) return `${path}[${key}]`;
    if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? key : `${path}.${key}`;
  }, "");
}
