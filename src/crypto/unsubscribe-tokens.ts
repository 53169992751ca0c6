import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { UnsubscribeTarget } from "../domain/unsubscribe-target.ts";

const fieldsSchema = z.union([
  z.tuple([z.literal("u"), z.string(), z.string()]),
  z.tuple([z.literal("a"), z.string().regex(/^[0-9a-f]{64}$/), z.string()]),
]);

/**
 * What stands in the link that ends more mail of a category: to whom it was sent, and the category, with an HMAC over
 * both, so that nobody can make one. It needs no table and no time of its end: laws let people unsubscribe by mails of long ago.
 * @param secret never rotated, else links in mails that were sent are dead
 */
export function createUnsubscribeTokens(secret: string) {
  const sign = (payload: string) => createHmac("sha256", secret).update(`link:unsubscribe:${payload}`).digest();
  return {
    make(target: UnsubscribeTarget): string {
      const fields =
        "userId" in target ? ["u", target.userId, target.category] : ["a", target.addressHash, target.category];
      const payload = Buffer.from(JSON.stringify(fields), "utf8").toString("base64url");
      return `${payload}.${sign(payload).toString("base64url")}`;
    },

    /** Null for what was not made here. */
    read(token: string): UnsubscribeTarget | null {
      const [payload = "", signature = "", ...more] = token.split(".");
      const given = Buffer.from(signature, "base64url");
      const expected = sign(payload);
      if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      // Signed here, so it can be read.
      const fields: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
      const [kind, who, category] = fieldsSchema.parse(fields);
      return kind === "u" ? { userId: who, category } : { addressHash: who, category };
    },
  };
}
