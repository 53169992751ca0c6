import type pg from "pg";
import { earliestInAll, type Window } from "../domain/rate-limit.ts";

export type PlaceRequest = {
  notificationId: string;
  /** Who is limited: a user's id, or the hash of an address. */
  subject: string;
  windows: readonly Window[];
  /** `defer` takes the earliest free time. */
  onFull: "drop" | "defer";
  at: Date;
  /** A time at or after this one is of no use; null: any. */
  notAfter: Date | null;
  /** Moves a deferred time out of hours in which nothing may be sent. */
  notBefore: (time: Date) => Date;
};

export type Place = { kind: "booked"; at: Date } | { kind: "refused" };

/** A deferred notification that comes for its place this late, in milliseconds, still finds it. */
const KEPT_FOR_MS = 60_000;

/**
 * Takes a place in every window, in the caller's transaction: one notification counts once. A place that this
 * notification had before is kept when its time has just come, since others have queued up behind it, and otherwise
 * moved. First the subject's row is locked, and then, in a statement that sees all that was
 * committed by then, it is counted: counting in the statement that waits for the lock lets too many in.
 */
export async function bookPlace(connection: pg.PoolClient, request: PlaceRequest): Promise<Place> {
  const { notificationId, subject, windows } = request;
  const names = windows.map(({ name }) => name);
  await connection.query({ name: "lock-rate-subject", text: LOCK_SUBJECT, values: [subject] });
  const kept = await connection.query<{ at: Date }>({
    name: "keep-place",
    text: KEEP,
    values: [notificationId, names, request.at, KEPT_FOR_MS],
  });
  if (kept.rows[0] !== undefined) return { kind: "booked", at: kept.rows[0].at };
  const place = await findPlace(connection, request);
  await connection.query({ name: "give-back-place", text: GIVE_BACK, values: [notificationId, names] });
  if (place.kind === "refused") return place;
  await connection.query({ name: "take-place", text: TAKE, values: [notificationId, subject, names, place.at] });
  return place;
}

/** What {@link bookPlace} would answer now, taking nothing. */
export async function findPlace(connection: Pick<pg.Pool, "query">, request: PlaceRequest): Promise<Place> {
  const { notificationId, subject, windows, onFull, at, notAfter, notBefore } = request;
  const names = windows.map(({ name }) => name);
  const since = new Date(at.getTime() - Math.max(...windows.map(({ perMs }) => perMs)));
  const { rows } = await connection.query<{ name: string; at: Date }>({
    name: "read-rate-bookings",
    text: READ,
    values: [subject, names, since, notificationId],
  });
  const taken = windows.map((window) => ({
    window,
    taken: rows.filter(({ name }) => name === window.name).map((booking) => booking.at.getTime()),
  }));
  const free = new Date(earliestInAll(taken, at.getTime(), (time) => notBefore(new Date(time)).getTime()));
  const isUseless = (onFull === "drop" && free > at) || (notAfter !== null && free >= notAfter);
  return isUseless ? { kind: "refused" } : { kind: "booked", at: free };
}

const LOCK_SUBJECT = `
  INSERT INTO rate_subjects (subject) VALUES ($1)
  ON CONFLICT (subject) DO UPDATE SET locked_at = now()`;

const KEEP = `
  SELECT min(at) AS at FROM rate_bookings
  WHERE notification_id = $1 AND window_name = ANY ($2::text[])
  HAVING count(*) = cardinality($2::text[]) AND max(at) <= $3::timestamptz
    AND min(at) > $3::timestamptz - $4::float8 * interval '1 millisecond'`;

const READ = `
  SELECT window_name AS name, at FROM rate_bookings
  WHERE subject = $1 AND window_name = ANY ($2::text[]) AND at > $3 AND notification_id <> $4
  ORDER BY at`;

const GIVE_BACK = "DELETE FROM rate_bookings WHERE notification_id = $1 AND window_name = ANY ($2::text[])";

const TAKE = `
  INSERT INTO rate_bookings (notification_id, window_name, subject, at)
  SELECT $1, name, $2, $4 FROM unnest($3::text[]) AS name`;
