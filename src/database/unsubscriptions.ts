import type pg from "pg";
import { UNSUBSCRIBE_LINK } from "../domain/audit.ts";
import type { UnsubscribeTarget } from "../domain/unsubscribe-target.ts";
import { audited } from "./audited.ts";

/** What a reader gets by mail: of this category, and at all. An address without a user has one switch for both. */
export type MailChoice = { category: boolean; all: boolean };

/** Where an unsubscription of an address says that it comes from; only these are taken back by the same link. */
const SOURCE = "unsubscribe-link";

export type Unsubscriptions = ReturnType<typeof createUnsubscriptions>;

/** What links in mails show and change. Each change is one statement that may be repeated. */
export function createUnsubscriptions(pool: pg.Pool) {
  return {
    /** Null for a user who is gone. */
    async choiceOf(reader: UnsubscribeTarget): Promise<MailChoice | null> {
      if (!("userId" in reader)) return choiceOfAddress(reader.addressHash);
      const { rows } = await pool.query<MailChoice>({
        name: "mail-choice-of-user",
        text: `SELECT coalesce(p."all", true) AS "all", p.categories -> $2 -> 'email' IS DISTINCT FROM 'false' AS category
               FROM users u LEFT JOIN preferences p ON p.user_id = u.id WHERE u.id = $1`,
        values: [reader.userId, reader.category],
      });
      return rows[0] ?? null;
    },

    /** Mail of the link's category, on or off. Nothing for a user who is gone. */
    async setCategory(reader: UnsubscribeTarget, on: boolean): Promise<void> {
      if (!("userId" in reader)) return setAddress(reader.addressHash, on);
      await pool.query({
        name: "set-mail-of-category",
        text: SET_CATEGORY,
        values: [reader.userId, reader.category, JSON.stringify({ email: on })],
      });
    },

    /** Everything that is not mandatory, on every channel, on or off. */
    async setAll(reader: UnsubscribeTarget, on: boolean): Promise<void> {
      if (!("userId" in reader)) return setAddress(reader.addressHash, on);
      await pool.query({ name: "set-all", text: SET_ALL, values: [reader.userId, on] });
    },
  };

  async function choiceOfAddress(addressHash: string): Promise<MailChoice> {
    const { rowCount } = await pool.query({
      name: "mail-choice-of-address",
      text: "SELECT FROM suppressions WHERE channel = 'email' AND address_hash = decode($1, 'hex')",
      values: [addressHash],
    });
    return rowCount === 0 ? { category: true, all: true } : { category: false, all: false };
  }

  async function setAddress(addressHash: string, on: boolean): Promise<void> {
    await audited(pool, UNSUBSCRIBE_LINK, (connection) =>
      connection.query({
        name: on ? "resubscribe-address" : "unsubscribe-address",
        text: on ? RESUBSCRIBE_ADDRESS : UNSUBSCRIBE_ADDRESS,
        values: [addressHash, SOURCE],
      }),
    );
  }
}

// The lock keeps the user from being deleted between being found and being referred to.
const SET_CATEGORY = `
  INSERT INTO preferences AS p (user_id, categories)
  SELECT id, jsonb_build_object($2::text, $3::jsonb) FROM users WHERE id = $1 FOR KEY SHARE
  ON CONFLICT (user_id) DO UPDATE
  SET categories = p.categories || jsonb_build_object($2::text, coalesce(p.categories -> $2, '{}') || $3::jsonb),
      updated_at = now()`;

const SET_ALL = `
  INSERT INTO preferences (user_id, "all") SELECT id, $2 FROM users WHERE id = $1 FOR KEY SHARE
  ON CONFLICT (user_id) DO UPDATE SET "all" = excluded."all", updated_at = now()`;

const UNSUBSCRIBE_ADDRESS = `
  INSERT INTO suppressions (channel, address_hash, reason, source)
  VALUES ('email', decode($1, 'hex'), 'unsubscribed', $2) ON CONFLICT DO NOTHING`;

const RESUBSCRIBE_ADDRESS = `
  DELETE FROM suppressions
  WHERE channel = 'email' AND address_hash = decode($1, 'hex') AND reason = 'unsubscribed' AND source = $2`;
