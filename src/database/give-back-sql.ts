/**
 * What a notification had taken from others, given back where nothing of it was ever attempted: its places in rate
 * limits, and its claim on its content. The statement around it must define the CTE
 *
 *     finished (id, untouched)
 *
 * of notifications that end, with whether no attempt was ever opened.
 */
export const GIVE_BACK = `
  given_back AS (
    DELETE FROM rate_bookings b USING finished f WHERE b.notification_id = f.id AND f.untouched
  ), forgotten AS (
    DELETE FROM content_keys k USING finished f WHERE k.notification_id = f.id AND f.untouched
  )`;
