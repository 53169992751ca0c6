import { z } from "zod";
import { invalidField } from "./errors.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** The query of a list: `?limit&cursor`. Extend it with the list's own filters. */
export const pageQuerySchema = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .default(DEFAULT_LIMIT)
    .meta({ description: "Entries on a page, at most" }),
  cursor: z
    .string()
    .optional()
    .meta({ pattern: "^[A-Za-z0-9_-]+$", description: "The `nextCursor` of the page before" }),
});

/** The answer of a list of such items, for the document. */
export function pageSchema<S extends z.ZodType>(item: S) {
  const name = item.meta()?.id;
  const page = z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: "For the next page; null on the last one" }),
  });
  return name === undefined ? page : page.meta({ id: `${name}Page` });
}

export type Page<T> = { items: T[]; nextCursor: string | null };

/** Cursors say nothing to callers: the key of the last item, encoded. */
export function encodeCursor(key: string): string {
  return Buffer.from(key, "utf8").toString("base64url");
}

/**
 * The key after which a page begins, or null for the first page.
 * @throws {ApiError} `invalid_request` for a cursor that was not given out
 */
export function decodeCursor(cursor: string | undefined, key: z.ZodType<string>): string | null {
  if (cursor === undefined) return null;
  const result = key.safeParse(Buffer.from(cursor, "base64url").toString("utf8"));
  if (result.success && encodeCursor(result.data) === cursor) return result.data;
  throw invalidField("cursor", "must be the nextCursor of an earlier page");
}

/** The place of an entry in a list in the order of a time, where several may be of the same millisecond. */
export type TimedPosition = { at: Date; id: string };

const timedKeySchema = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT[\d:.]+Z [0-9a-f-]{36}$/)
  .refine((key) => {
    const [at = "", id] = key.split(" ");
    return !Number.isNaN(Date.parse(at)) && z.uuid().safeParse(id).success;
  });

/** As the key of a cursor. */
export function timedKey({ at, id }: TimedPosition): string {
  return `${at.toISOString()} ${id}`;
}

/**
 * The place after which a page begins, or null for the first page.
 * @throws {ApiError} `invalid_request` for a cursor that was not given out
 */
export function decodeTimedCursor(cursor: string | undefined): TimedPosition | null {
  const key = decodeCursor(cursor, timedKeySchema);
  if (key === null) return null;
  const [at = "", id = ""] = key.split(" ");
  return { at: new Date(at), id };
}

/** One page of rows that were read with `limit + 1`: the extra one tells whether there is another page. */
export function pageOf<T, V>(rows: T[], limit: number, keyOf: (row: T) => string, view: (row: T) => V): Page<V> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: items.map(view), nextCursor: more ? encodeCursor(keyOf(last)) : null };
}
