import { randomUUID } from "node:crypto";
import type pg from "pg";
import { providerActor } from "../domain/audit.ts";
import type { OptOut } from "../domain/receipt.ts";
import type { AddressHash } from "./address-hash.ts";
import { audited } from "./audited.ts";

const REASON = "unsubscribed";

export type OptOuts = ReturnType<typeof createOptOuts>;

/** Addresses whose owners told the provider that they want nothing from us, or that they do again. */
export function createOptOuts({ pool, addressHash }: { pool: pg.Pool; addressHash: AddressHash }) {
  return {
    /**
     * Suppresses the address, or lets it be sent to again where nothing but such a word stood against it, be it that the
     * provider refused a text because of a word that it never told us. Idempotency:
     * the event's key, in the same transaction, so that a copy of an old word undoes no newer one.
     */
    record(provider: string, { key, type, channel, address }: OptOut): Promise<void> {
      return audited(pool, providerActor(provider), async (connection) => {
        const fresh = await connection.query({
          name: "claim-opt-out",
          text: `INSERT INTO receipt_keys (provider, event_key, receipt_id, received_at)
                 VALUES ($1, $2, $3, statement_timestamp()) ON CONFLICT DO NOTHING`,
          values: [provider, key, randomUUID()],
        });
        if (fresh.rowCount !== 1) return;
        await connection.query({
          name: type === "opted_out" ? "opt-out" : "opt-in",
          text: type === "opted_out" ? OPT_OUT : OPT_IN,
          values: [channel, addressHash(channel, address), REASON, provider],
        });
      });
    },
  };
}

const OPT_OUT = `
  INSERT INTO suppressions (channel, address_hash, reason, source) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`;

const OPT_IN = `
  DELETE FROM suppressions
  WHERE channel = $1 AND address_hash = $2 AND reason IN ($3, 'blocked') AND source = $4`;
