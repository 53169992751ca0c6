import type pg from "pg";
import type { AuditAction } from "../domain/audit.ts";

export type AuditEvent = {
  id: string;
  at: Date;
  /** With microseconds: where the next page begins. */
  position: string;
  client: string | null;
  actor: string;
  action: AuditAction;
  subject: { type: string; id: string };
  detail: Record<string, unknown>;
};
/** Null: whatever it is. */
export type AuditFilter = {
  action: AuditAction | null;
  subjectType: string | null;
  subjectId: string | null;
  actor: string | null;
  client: string | null;
  from: Date | null;
  to: Date | null;
};
export type AuditEvents = ReturnType<typeof createAuditEvents>;

/** Who changed what. It is only read here: triggers write it. */
export function createAuditEvents(pool: pg.Pool) {
  return {
    /** Newest first, before the event that has this position and id. */
    async list(
      filter: AuditFilter,
      page: { before: { position: string; id: string } | null; limit: number },
    ): Promise<AuditEvent[]> {
      const { action, subjectType, subjectId, actor, client, from, to } = filter;
      const { rows } = await pool.query<AuditEvent>(LIST, [
        ...[action, subjectType, subjectId, actor, client, from, to],
        page.before?.position ?? null,
        page.before?.id ?? null,
        page.limit,
      ]);
      return rows;
    },
  };
}

const LIST = `
  SELECT id, at, (extract(epoch FROM at) * 1000000)::bigint::text AS position, client, actor, action,
    jsonb_build_object('type', subject_type, 'id', subject_id) AS subject, detail
  FROM audit_events
  WHERE ($1::text IS NULL OR action = $1) AND ($2::text IS NULL OR subject_type = $2)
    AND ($3::text IS NULL OR subject_id = $3) AND ($4::text IS NULL OR actor = $4)
    AND ($5::text IS NULL OR client = $5)
    AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
    AND ($8::bigint IS NULL OR (at, id) < ('epoch'::timestamptz + $8 * interval '1 microsecond', $9::uuid))
  ORDER BY at DESC, id DESC LIMIT $10`;
