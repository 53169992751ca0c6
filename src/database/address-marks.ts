import type pg from "pg";
import type { AddressMark } from "../domain/receipt.ts";
import { byProvider } from "./audited.ts";

/** What a provider's refusal says about the address. */
export type AddressVerdict = {
  mark: AddressMark;
  /** When the provider knew it to be dead; null: as it answered. */
  deadSince: Date | null;
};

/**
 * Deactivates the contact of an attempt, or suppresses its address. A contact that was registered anew since it was dead,
 * or since the attempt was opened, stays as it is: it has come back to life. Repeatable.
 */
export async function markAddress(
  connection: pg.PoolClient,
  attemptId: string,
  { mark, deadSince }: AddressVerdict,
): Promise<void> {
  await connection.query({ name: `mark-${mark}`, text: MARKS[mark], values: [attemptId, ...VALUES[mark](deadSince)] });
}

const VALUES: Record<AddressMark, (deadSince: Date | null) => unknown[]> = {
  deactivate: (deadSince) => [deadSince],
  suppress: () => [],
};

const MARKS: Record<AddressMark, string> = {
  deactivate: `
    UPDATE contacts c SET deactivated_at = clock_timestamp()
    FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
    WHERE a.id = $1 AND c.id = d.contact_id AND c.deactivated_at IS NULL
      AND c.registered_at <= coalesce($2::timestamptz, a.opened_at)`,
  suppress: `
    INSERT INTO suppressions (channel, address_hash, reason, source)
    SELECT d.channel, d.address_hash, CASE d.channel WHEN 'email' THEN 'bounced' ELSE 'blocked' END, a.provider
    FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
    WHERE a.id = $1 AND d.address_hash IS NOT NULL AND ${byProvider("a.provider")}
    ON CONFLICT DO NOTHING`,
};
