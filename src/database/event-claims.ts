import { randomUUIDv7 } from "node:crypto";
import type pg from "pg";
import type { NotificationKey } from "../domain/notification-id.ts";

export type Owner = { workflowId: string; firstRunId: string; generation: number };

export type Claim = {
  key: NotificationKey;
  /** Hex. */
  bodyHash: string;
  owner: Owner;
};

/** `mine`: go on; unless it `isNew`, this is a retry. `other`: somebody else owns the event ID. */
export type ClaimResult = { owner: "mine"; notificationId: string; isNew: boolean } | { owner: "other" };

/**
 * Claims the event ID for good. The unique key decides between any number of claimers; the same owner claiming again
 * gets the same answer. A lost claim is noted in the winner's timeline.
 */
export async function claimEvent(connection: pg.PoolClient, claim: Claim): Promise<ClaimResult> {
  const { key, owner, bodyHash } = claim;
  const notificationId = randomUUIDv7();
  const claimed = await connection.query({
    name: "claim-event-key",
    text: `INSERT INTO event_keys
             (client_id, event_id, body_hash, notification_id, owner_workflow_id, owner_first_run_id, generation)
           VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7)
           ON CONFLICT DO NOTHING`,
    values: [key.clientId, key.eventId, bodyHash, notificationId, owner.workflowId, owner.firstRunId, owner.generation],
  });
  if (claimed.rowCount === 1) return { owner: "mine", notificationId, isNew: true };
  // A second statement: the first one's snapshot may be older than the row it ran into.
  const { rows } = await connection.query<{ notification_id: string; mine: boolean; same_body: boolean }>({
    name: "read-event-key",
    text: `SELECT notification_id, body_hash = decode($3, 'hex') AS same_body,
             owner_workflow_id = $4 AND generation = $6
               AND (owner_first_run_id = $5 OR generation > 0) AS mine
           FROM event_keys WHERE client_id = $1 AND event_id = $2`,
    values: [key.clientId, key.eventId, bodyHash, owner.workflowId, owner.firstRunId, owner.generation],
  });
  const row = rows[0];
  if (row === undefined) throw new Error("an event key is gone right after it was claimed: keys must never be deleted");
  if (row.mine) return { owner: "mine", notificationId: row.notification_id, isNew: false };
  await noteLostClaim(connection, row.notification_id, claim, row.same_body);
  return { owner: "other" };
}

async function noteLostClaim(
  connection: pg.PoolClient,
  notificationId: string,
  claim: Claim,
  sameBody: boolean,
): Promise<void> {
  await connection.query(
    `INSERT INTO timeline_events (id, at, notification_id, type, detail)
     VALUES ($1, clock_timestamp(), $2, $3, jsonb_build_object('workflowId', $4::text, 'runId', $5::text))`,
    [
      randomUUIDv7(),
      notificationId,
      sameBody ? "duplicate" : "event_id_conflict",
      claim.owner.workflowId,
      claim.owner.firstRunId,
    ],
  );
}
