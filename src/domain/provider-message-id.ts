/** Above every documented form; FCM's is the longest, with the project's name in it. */
const KEPT = /^[\x21-\x7e]{1,200}$/;

/**
 * What a provider calls a message, as it is kept; null for what is no name, such as one that is too long for an index or
 * has a character in it that PostgreSQL refuses. A message that was taken must not seem lost because of its name.
 */
export function keptMessageId(given: string | null): string | null {
  return given !== null && KEPT.test(given) ? given : null;
}
