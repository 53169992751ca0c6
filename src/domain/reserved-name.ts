const RESERVED = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Whether JavaScript reads something else into this name of a member than JSON does. No body may use one, so nothing
 * that bodies name by its ID may be called so either.
 */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name);
}
