/**
 * JSON with sorted keys: two bodies that mean the same are the same text. Arrays keep their order; numbers are written
 * as JavaScript writes them, so `1.0` and `1` are alike.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    const entries = Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return Object.fromEntries(entries);
  });
}
