import { randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import { type Channel, isDevice } from "../domain/channel.ts";
import { countryOf } from "../domain/country.ts";
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
  /** Of a phone number, ISO 3166-1; null where it has none. */
  country: string | null;
  primary: boolean;
  /** When the address was found dead; registering it again revives it. */
  deactivatedAt: Date | null;
  createdAt: Date;
  /** The last registration. */
  lastSeenAt: Date;
};
export type ContactStore = ReturnType<typeof createContactStore>;

/** Of devices, and as many again of phones and mailboxes, per user. */
const MAX_OF_A_KIND = 100;

export function createContactStore(database: { pool: pg.Pool; prisma: PrismaClient; addressHash: AddressHash }) {
  const { pool, prisma, addressHash } = database;

  function valuesOf(userId: string, { channel, address, app, primary }: NewContact): unknown[] {
    const country = channel === "sms" ? countryOf(address) : null;
    return [randomUUIDv7(), userId, channel, address, addressHash(channel, address), app, country, primary];
  }

  /** One statement, so that the unique key of devices alone decides between users who register the same one. */
  async function registerDevice(userId: string, contact: NewContact): Promise<Stored<StoredContact> | "no_user"> {
    const stored = storedIn(await pool.query<ReturnedContact>(UPSERT_DEVICE, valuesOf(userId, contact)));
    // A statement of its own: of any number that register at once, the last to get here sees them all.
    if (stored?.created === true) await pool.query(DISPLACE_DEVICES, [userId, MAX_OF_A_KIND]);
    return stored ?? "no_user";
  }

  /** Registrations of one user go one after the other, and each finds one primary and the true number of addresses. */
  function registerAddress(
    userId: string,
    contact: NewContact,
  ): Promise<Stored<StoredContact> | "no_user" | "too_many"> {
    return inTransaction(pool, async (connection) => {
      const user = await connection.query("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE", [userId]);
      if (user.rowCount === 0) return "no_user";
      const { channel, address, primary } = contact;
      const others = await connection.query<{ count: number }>(COUNT_OTHERS, [userId, channel, address]);
      if ((others.rows[0]?.count ?? 0) >= MAX_OF_A_KIND) return "too_many";
      if (primary === true) await connection.query(DEMOTE, [userId, channel, address]);
      const stored = storedIn(await connection.query<ReturnedContact>(UPSERT_ADDRESS, valuesOf(userId, contact)));
      if (stored === null) throw new Error("an upsert always returns its row");
      return stored;
    });
  }

  return {
    /**
     * Registers an address; again is the same contact, seen again. A device that another user had moves here, under a
     * new id, and a new primary takes the place of the old one. Where a user has too many devices, those seen longest
     * ago make room; too many other addresses are refused.
     */
    register(userId: string, contact: NewContact): Promise<Stored<StoredContact> | "no_user" | "too_many"> {
      return isDevice(contact.channel) ? registerDevice(userId, contact) : registerAddress(userId, contact);
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
              country: true,
              primary: true,
              deactivatedAt: true,
              createdAt: true,
              registeredAt: true,
            },
          },
        },
      });
      if (user === null) return null;
      return user.contacts.map(({ registeredAt: lastSeenAt, channel, ...contact }) => ({
        ...contact,
        channel: channel as Channel,
        lastSeenAt,
      }));
    },

    /** Repeatable. */
    async delete(userId: string, id: string): Promise<void> {
      await prisma.contact.deleteMany({ where: { id, userId } });
    },
  };
}

type ReturnedContact = StoredContact & { created: boolean };

function storedIn({ rows: [row] }: pg.QueryResult<ReturnedContact>): Stored<StoredContact> | null {
  if (row === undefined) return null;
  const { created, ...value } = row;
  return { value, created };
}

const COUNT_OTHERS = `
  SELECT count(*)::int AS count FROM contacts
  WHERE user_id = $1 AND channel IN ('sms', 'email') AND (channel, address) <> ($2, $3)`;

const DEMOTE = `
  UPDATE contacts SET "primary" = false WHERE user_id = $1 AND channel = $2 AND "primary" AND address <> $3`;

const RETURNING = `
  RETURNING id, channel, address, app, country, "primary", deactivated_at AS "deactivatedAt",
    created_at AS "createdAt", registered_at AS "lastSeenAt"`;

const UPSERT_ADDRESS = `
  INSERT INTO contacts (id, user_id, channel, address, address_hash, app, country, "primary")
  VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, false))
  ON CONFLICT (user_id, channel, address) WHERE channel IN ('sms', 'email') DO UPDATE
    SET "primary" = coalesce($8, contacts."primary"), country = excluded.country, deactivated_at = NULL,
      registered_at = now()
  ${RETURNING}, ${CREATED}`;

// Deliveries name the contact's id: a new one for the new owner keeps theirs from reaching somebody else's phone. The
// lock keeps the user from being deleted between being found and being referred to.
const UPSERT_DEVICE = `
  INSERT INTO contacts (id, user_id, channel, address, address_hash, app, country, "primary")
  SELECT $1, id, $3, $4, $5, $6, $7, coalesce($8, false) FROM users WHERE id = $2 FOR KEY SHARE
  ON CONFLICT (channel, address) WHERE channel IN ('apns', 'fcm') DO UPDATE
    SET id = CASE WHEN contacts.user_id = excluded.user_id THEN contacts.id ELSE excluded.id END,
      created_at = CASE WHEN contacts.user_id = excluded.user_id THEN contacts.created_at ELSE excluded.created_at END,
      user_id = excluded.user_id, app = excluded.app, deactivated_at = NULL, registered_at = now()
  ${RETURNING}, (id = $1) AS created`;

// The dead ones first, then those seen longest ago. One that somebody else holds is being displaced, moved or seen again
// at this moment: it is skipped, so that nobody waits for anybody.
const DISPLACE_DEVICES = `
  DELETE FROM contacts WHERE id IN (
    SELECT id FROM contacts WHERE id IN (
      SELECT id FROM contacts WHERE user_id = $1 AND channel IN ('apns', 'fcm')
      ORDER BY deactivated_at IS NOT NULL, registered_at DESC, id DESC OFFSET $2
    ) FOR UPDATE SKIP LOCKED
  )`;
