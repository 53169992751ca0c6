/**
 * Bytes that title and body of a push may take together. Apple and Google refuse a message of more than 4,096, and
 * 696 are kept for what comes with the texts:
 *
 * - 315 for the longest id of a notification, 36 for an attempt's, and 43 for the token by which an app tells of it;
 * - 98 for the JSON around all of them: `{"notificationId":"","attemptId":"","notificationToken":"",` and
 *   `"aps":{"alert":{"title":"","body":""}}}`; Google counts fewer;
 * - 204 for what Google adds where it hands a push on to Apple (`gcm.message_id`, `google.c.a.e` and the like).
 */
export const MAX_PUSH_TEXT_BYTES = 3_400;

/** Bytes of a text in a push, which is JSON in UTF-8: a Korean syllable takes three, a line break two. */
export function pushTextBytes(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length - '""'.length;
}
