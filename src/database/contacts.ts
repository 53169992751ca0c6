import { randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import { type Channel, isDevice } from "../domain/channel.ts";
import type { AddressHash } from "./address-hash.ts";
import { CREATED, type Stored } from "./created.ts";
import type { PrismaClient } from "./generated/client.ts";
import { inTransaction } from "./pool.ts";

export type NewContact = {
  channel: Channel;
  /** Normalised. */
  address: string;
  app: string | null;
  /** Null leaves an existing contact as it is; a new one is then not primary. */
  primary: boolean | null;
};
export type StoredContact = {
  id: string;
  channel: Channel;
  address: string;
  app: string | null;
  primary: boolean;
  /** When the address was found dead; registering it again revives it. */
  deactivatedAt: Date | null;
  registeredAt: Date;
};
export type ContactStore = ReturnType<typeof createContactStore>;

export function createContactStore(database: { pool: pg.Pool; prisma: PrismaClient; addressHash: AddressHash }) {
  const { pool, prisma, addressHash } = database;
  return {
    /**
     * Registers an address; again is the same contact. A device that another user had moves here, under a new id, and
     * a new primary takes the place of the old one. Null: there is no such user.
     */
    register(userId: string, contact: NewContact): Promise<Stored<StoredContact> | null> {
      return inTransaction(pool, async (connection) => {
        // Registrations of one user go one after the other: two unique indexes could fail each other's upserts.
        const user = await connection.query("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE", [userId]);
        if (user.rowCount === 0) return null;
        const { channel, address, app, primary } = contact;
        if (primary === true) await connection.query(DEMOTE, [userId, channel, address]);
        const { rows } = await connection.query<StoredContact & { created: boolean }>(
          isDevice(channel) ? UPSERT_DEVICE : UPSERT_ADDRESS,
          [randomUUIDv7(), userId, channel, address, addressHash(channel, address), app, primary],
        );
        const [row] = rows;
        if (row === undefined) throw new Error("an upsert always returns its row");
        const { created, ...value } = row;
        return { value, created };
      });
    },

    /** In the order of registration, after the contact with id `after`. Null: there is no such user. */
    async list(userId: string, page: { after: string | null; limit: number }): Promise<StoredContact[] | null> {
      const user = await prisma.user.findUnique({
        where: { id: userId },
        select: {
          contacts: {
            where: page.after === null ? {} : { id: { gt: page.after } },
            orderBy: { id: "asc" },
            take: page.limit,
            select: {
              id: true,
              channel: true,
              address: true,
              app: true,
              primary: true,
              deactivatedAt: true,
              registeredAt: true,
            },
          },
        },
      });
      return user === null ? null : user.contacts.map((row) => ({ ...row, channel: row.channel as Channel }));
    },

    /** Repeatable. */
    async delete(userId: string, id: string): Promise<void> {
      await prisma.contact.deleteMany({ where: { id, userId } });
    },
  };
}

const DEMOTE = `
  UPDATE contacts SET "primary" = false WHERE user_id = $1 AND channel = $2 AND "primary" AND address <> $3`;

const RETURNING = `
  RETURNING id, channel, address, app, "primary", deactivated_at AS "deactivatedAt", registered_at AS "registeredAt"`;

const UPSERT_ADDRESS = `
  INSERT INTO contacts (id, user_id, channel, address, address_hash, app, "primary")
  VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, false))
  ON CONFLICT (user_id, channel, address) DO UPDATE
    SET "primary" = coalesce($7, contacts."primary"), deactivated_at = NULL, registered_at = now()
  ${RETURNING}, ${CREATED}`;

// Deliveries name the contact's id: a new one for the new owner keeps theirs from reaching somebody else's phone.
const UPSERT_DEVICE = `
  INSERT INTO contacts (id, user_id, channel, address, address_hash, app, "primary")
  VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, false))
  ON CONFLICT (channel, address) WHERE channel IN ('apns', 'fcm') DO UPDATE
    SET id = CASE WHEN contacts.user_id = excluded.user_id THEN contacts.id ELSE excluded.id END,
      user_id = excluded.user_id, app = excluded.app, "primary" = excluded."primary",
      deactivated_at = NULL, registered_at = now()
  ${RETURNING}, (id = $1) AS created`;
