/**
 * What a notification had taken from others, given back as it ends: its places in rate limits where nothing of it was
 * ever attempted, and its claim on its content where it has certainly reached nobody. The statement around it must
 * define the CTE
 *
 *     finished (id, status, untouched)
 *
 * of notifications that end, with whether no attempt was ever opened.
 */
export const GIVE_BACK = `
  given_back AS (
    DELETE FROM rate_bookings b USING finished f WHERE b.notification_id = f.id AND f.untouched
  ), forgotten AS (
    DELETE FROM content_keys k USING finished f WHERE k.notification_id = f.id AND (f.untouched OR f.status = 'failed')
  )`;
