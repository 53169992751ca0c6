import type pg from "pg";
import type { Actor } from "../domain/audit.ts";
import type { Channel } from "../domain/channel.ts";
import { decodeSuppressionId, encodeSuppressionId } from "../domain/suppression.ts";
import type { AddressHash } from "./address-hash.ts";
import { type AuditDetail, audited } from "./audited.ts";
import { CREATED, type Stored } from "./created.ts";

export type StoredSuppression = {
  id: string;
  channel: Channel;
  /** Null unless a contact has it: of an address that must not be sent to, only the hash is kept. */
  address: string | null;
  reason: string;
  source: string;
  createdAt: Date;
};
export type NamedAddress = { channel: Channel; address: string };
export type SuppressionStore = ReturnType<typeof createSuppressionStore>;

/** Addresses that must not be sent to. Every decision asks them, and so does the gate before each attempt. */
export function createSuppressionStore({ pool, addressHash }: { pool: pg.Pool; addressHash: AddressHash }) {
  return {
    /** Again replaces reason and source. */
    async put(
      { channel, address }: NamedAddress,
      why: { reason: string; source: string },
      by: Actor,
    ): Promise<Stored<StoredSuppression>> {
      const values = [channel, addressHash(channel, address), why.reason, why.source];
      const { rows } = await audited(pool, by, (connection) =>
        connection.query<Row & { created: boolean }>(PUT, values),
      );
      const [row] = rows;
      if (row === undefined) throw new Error("an upsert always returns its row");
      return { value: suppressionOf(row), created: row.created };
    },

    /** Null: it may be sent to. */
    async find({ channel, address }: NamedAddress): Promise<StoredSuppression | null> {
      const { rows } = await pool.query<Row>(
        `SELECT ${COLUMNS} FROM suppressions s WHERE s.channel = $1 AND s.address_hash = $2`,
        [channel, addressHash(channel, address)],
      );
      return rows[0] === undefined ? null : suppressionOf(rows[0]);
    },

    /** Newest first, after the suppression `after`. */
    async list(page: {
      channel: Channel | null;
      after: { createdAt: Date; id: string } | null;
      limit: number;
    }): Promise<StoredSuppression[]> {
      const after = page.after === null ? null : decodeSuppressionId(page.after.id);
      const { rows } = await pool.query<Row>(
        `SELECT ${COLUMNS} FROM suppressions s
         WHERE ($1::text IS NULL OR s.channel = $1)
           AND ($2::timestamptz IS NULL OR (s.created_at, s.channel, s.address_hash) < ($2, $3, $4::bytea))
         ORDER BY s.created_at DESC, s.channel DESC, s.address_hash DESC LIMIT $5`,
        [
          page.channel,
          page.after?.createdAt ?? null,
          after?.channel ?? null,
          after === null ? null : Buffer.from(after.addressHash, "base64url"),
          page.limit,
        ],
      );
      return rows.map(suppressionOf);
    },

    /** Those of a user's contacts. */
    async listOfUser(userId: string): Promise<StoredSuppression[]> {
      const { rows } = await pool.query<Row>(
        `SELECT ${COLUMNS} FROM suppressions s
         WHERE (s.channel, s.address_hash) IN (SELECT channel, address_hash FROM contacts WHERE user_id = $1)
         ORDER BY s.created_at DESC, s.channel DESC, s.address_hash DESC`,
        [userId],
      );
      return rows.map(suppressionOf);
    },

    /** The address may be sent to again, and the audit says why. Repeatable. */
    async remove({ channel, address }: NamedAddress, reason: string | null, by: Actor): Promise<void> {
      await removeHash(channel, addressHash(channel, address), reason, by);
    },

    /** The same by the id that {@link put} and lists give. */
    async removeById(id: string, reason: string | null, by: Actor): Promise<void> {
      const { channel, addressHash: hash } = decodeSuppressionId(id);
      await removeHash(channel, Buffer.from(hash, "base64url"), reason, by);
    },
  };

  async function removeHash(channel: Channel, hash: Buffer, reason: string | null, by: Actor): Promise<void> {
    const detail: AuditDetail = reason === null ? {} : { reason };
    await audited(pool, by, (connection) => connection.query(REMOVE, [channel, hash]), detail);
  }
}

type Row = Omit<StoredSuppression, "id"> & { addressHash: Buffer };

function suppressionOf({ addressHash, channel, address, reason, source, createdAt }: Row): StoredSuppression {
  const id = encodeSuppressionId({ channel, addressHash: addressHash.toString("base64url") });
  return { id, channel, address, reason, source, createdAt };
}

// Mailboxes that differ in case only have one hash, so there may be several; any of them tells a reader whose it is.
const COLUMNS = `
  s.channel, s.address_hash AS "addressHash", s.reason, s.source, s.created_at AS "createdAt",
  (SELECT c.address FROM contacts c
   WHERE c.channel = s.channel AND c.address_hash = s.address_hash ORDER BY c.id LIMIT 1) AS address`;

const PUT = `
  INSERT INTO suppressions AS s (channel, address_hash, reason, source) VALUES ($1, $2, $3, $4)
  ON CONFLICT (channel, address_hash) DO UPDATE SET reason = excluded.reason, source = excluded.source
  RETURNING ${COLUMNS}, ${CREATED}`;

const REMOVE = "DELETE FROM suppressions WHERE channel = $1 AND address_hash = $2";
