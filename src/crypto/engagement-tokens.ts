import { createHmac, timingSafeEqual } from "node:crypto";

export type EngagementTokens = ReturnType<typeof createEngagementTokens>;

/** Half of an HMAC-SHA-256: nobody tries out 2^128, and every link of a mail is that much shorter. */
const MAC_BYTES = 16;
const UUID_BYTES = 16;

/**
 * What comes back when a message is opened or clicked: it names the attempt, and what it is for is under its HMAC, so
 * that nobody can make one, or make another kind of it. It needs no table. The target of a link travels within its
 * token; so nobody else decides where the service leads to. As links to unsubscribe, they never end.
 * @param secret never rotated, else links in mails that were sent are dead
 */
export function createEngagementTokens(secret: string) {
  const key = createHmac("sha256", secret).update("engagement-tokens").digest();

  function macOf(purpose: string, payload: Buffer): Buffer {
    // Quoted, so that it is clear where the purpose ends.
    const mac = createHmac("sha256", key).update(JSON.stringify(purpose)).update(payload).digest();
    return mac.subarray(0, MAC_BYTES);
  }

  function make(purpose: string, attemptId: string, rest = ""): string {
    const payload = Buffer.concat([Buffer.from(attemptId.replaceAll("-", ""), "hex"), Buffer.from(rest, "utf8")]);
    if (payload.length < UUID_BYTES) throw new Error("an attempt's id is a uuid");
    return Buffer.concat([macOf(purpose, payload), payload]).toString("base64url");
  }

  function read(purpose: string, token: string): { attemptId: string; rest: string } | null {
    const bytes = Buffer.from(token, "base64url");
    // Only as it was written: a decoder passes over what does not belong there.
    if (bytes.length < MAC_BYTES + UUID_BYTES || bytes.toString("base64url") !== token) return null;
    const payload = bytes.subarray(MAC_BYTES);
    if (!timingSafeEqual(bytes.subarray(0, MAC_BYTES), macOf(purpose, payload))) return null;
    const attemptId = payload.toString("hex", 0, UUID_BYTES).replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    return { attemptId, rest: payload.toString("utf8", UUID_BYTES) };
  }

  return {
    /** Of the pixel in a mail. */
    open: (attemptId: string): string => make("open", attemptId),
    /** Of a link in a mail. @param url absolute, http or https */
    click: (attemptId: string, url: string): string => make("click", attemptId, url),
    /** Of a push: for its app, which knows the notification's public id besides. */
    push: (attemptId: string, notificationId: string): string => make(`push:${notificationId}`, attemptId),

    /** The attempt; null for what was not made here, of each of these. */
    readOpen: (token: string): string | null => read("open", token)?.attemptId ?? null,
    readClick: (token: string): { attemptId: string; url: string } | null => {
      const found = read("click", token);
      // Whoever wrote the mail was checked; that the service leads nowhere else is asked here again.
      return found === null || !/^https?:\/\//.test(found.rest)
        ? null
        : { attemptId: found.attemptId, url: found.rest };
    },
    readPush: (token: string, notificationId: string): string | null =>
      read(`push:${notificationId}`, token)?.attemptId ?? null,
  };
}
