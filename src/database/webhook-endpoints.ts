import { randomBytes, randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import type { Actor } from "../domain/audit.ts";
import type { DisabledReason } from "../domain/outbound-event.ts";
import { MAX_ENDPOINTS, OLD_SECRET_FOR_MS } from "../domain/outbound-policy.ts";
import { audited } from "./audited.ts";
import type { SealedSecrets } from "./sealed-secrets.ts";

/** What an endpoint is, without its secret. */
export type WebhookEndpoint = {
  id: string;
  url: string;
  eventTypes: string[];
  disabledAt: Date | null;
  disabledReason: DisabledReason | null;
  failingSince: Date | null;
  createdAt: Date;
};
export type WithSecret = { endpoint: WebhookEndpoint; secret: Buffer };
export type EndpointChange = { url?: string; eventTypes?: readonly string[]; enabled?: boolean };
export type WebhookEndpoints = ReturnType<typeof createWebhookEndpoints>;

const SECRET_BYTES = 32;

/** Where clients want to be told of events. Each method reaches endpoints of the client that is named, and no others. */
export function createWebhookEndpoints({ pool, secrets }: { pool: pg.Pool; secrets: SealedSecrets }) {
  return {
    /** The secret is shown to nobody afterwards. Null where the client has as many endpoints as it may. */
    create(
      clientId: string,
      { url, eventTypes }: Required<Omit<EndpointChange, "enabled">>,
      by: Actor,
    ): Promise<WithSecret | null> {
      const secret = randomBytes(SECRET_BYTES);
      const { sealed, keyId } = secrets.seal(secret);
      return audited(pool, by, async (connection) => {
        // Locked, and then counted in a second statement, so that of two at once each sees the other.
        await connection.query("SELECT 1 FROM clients WHERE id = $1 FOR NO KEY UPDATE", [clientId]);
        const { rows } = await connection.query<WebhookEndpoint>(
          `INSERT INTO webhook_endpoints AS e (id, client_id, url, event_types, secret, secret_key_id)
           SELECT $1, $2, $3, $4, $5, $6
           WHERE (SELECT count(*) FROM webhook_endpoints WHERE client_id = $2) < $7
           RETURNING ${COLUMNS}`,
          [randomUUIDv7(), clientId, url, eventTypes, sealed, keyId, MAX_ENDPOINTS],
        );
        const [endpoint] = rows;
        return endpoint === undefined ? null : { endpoint, secret };
      });
    },

    /** The oldest first, after the one with id `after`. */
    async list(clientId: string, page: { after: string | null; limit: number }): Promise<WebhookEndpoint[]> {
      const { rows } = await pool.query<WebhookEndpoint>(
        `SELECT ${COLUMNS} FROM webhook_endpoints e
         WHERE client_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
        [clientId, page.after, page.limit],
      );
      return rows;
    },

    async find(clientId: string, id: string): Promise<WebhookEndpoint | null> {
      const { rows } = await pool.query<WebhookEndpoint>(
        `SELECT ${COLUMNS} FROM webhook_endpoints e WHERE client_id = $1 AND id = $2`,
        [clientId, id],
      );
      return rows[0] ?? null;
    },

    /** What is not named stays. An endpoint that is enabled, or moved, begins anew. Null where there is none. */
    async change(
      clientId: string,
      id: string,
      { url, eventTypes, enabled }: EndpointChange,
      by: Actor,
    ): Promise<WebhookEndpoint | null> {
      const values = [clientId, id, url ?? null, eventTypes ?? null, enabled ?? null];
      const { rows } = await audited(pool, by, (connection) => connection.query<WebhookEndpoint>(CHANGE, values));
      return rows[0] ?? null;
    },

    /** Repeatable. What was on its way to it is not sent any more, and goes with the events. */
    async remove(clientId: string, id: string, by: Actor): Promise<void> {
      await audited(pool, by, (connection) => connection.query(REMOVE, [clientId, id]));
    },

    /** Another secret; the one before signs besides for a day, and one before that no more. */
    async rotateSecret(clientId: string, id: string, by: Actor): Promise<WithSecret | null> {
      const secret = randomBytes(SECRET_BYTES);
      const { sealed, keyId } = secrets.seal(secret);
      const values = [clientId, id, sealed, keyId, OLD_SECRET_FOR_MS];
      const { rows } = await audited(pool, by, (connection) => connection.query<WebhookEndpoint>(ROTATE, values));
      const [endpoint] = rows;
      return endpoint === undefined ? null : { endpoint, secret };
    },
  };
}

const COLUMNS = `
  e.id, e.url, e.event_types AS "eventTypes", e.disabled_at AS "disabledAt", e.disabled_reason AS "disabledReason",
  e.failing_since AS "failingSince", e.created_at AS "createdAt"`;

const REMOVE = "DELETE FROM webhook_endpoints WHERE client_id = $1 AND id = $2";

const ROTATE = `
  UPDATE webhook_endpoints e
  SET old_secret = secret, old_secret_key_id = secret_key_id,
    old_secret_until = clock_timestamp() + $5::float8 * interval '1 millisecond',
    secret = $3, secret_key_id = $4
  WHERE client_id = $1 AND id = $2 RETURNING ${COLUMNS}`;

const CHANGE = `
  UPDATE webhook_endpoints e
  SET url = coalesce($3, url), event_types = coalesce($4::text[], event_types),
    disabled_at = CASE WHEN $5::boolean IS NULL THEN disabled_at WHEN NOT $5::boolean THEN coalesce(disabled_at, clock_timestamp()) END,
    disabled_reason =
      CASE WHEN $5::boolean IS NULL THEN disabled_reason WHEN NOT $5::boolean THEN coalesce(disabled_reason, 'by_request') END,
    failing_since = CASE WHEN $5::boolean OR $3 <> url THEN NULL ELSE failing_since END,
    last_failure_at = CASE WHEN $5::boolean OR $3 <> url THEN NULL ELSE last_failure_at END
  WHERE client_id = $1 AND id = $2
  RETURNING ${COLUMNS}`;
