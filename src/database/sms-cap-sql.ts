/**
 * CTEs by which the statement that opens an attempt ($10: its segments, null where it is no SMS) takes them from the
 * client's day, or does not. They expect
 *
 *     locked (client_id, today, cap, verdict)        cap null: there is none
 *     taker                                          a row where somebody takes the attempt
 *
 * and make
 *
 *     spent (day)                                    a row where there was room
 *
 * Of those that come at the same time each sees what the one before has used: the condition is asked of the locked row.
 */
export const SPEND_SEGMENTS = `
  spent AS (
    INSERT INTO sms_usage AS u (day, client_id, used)
    SELECT l.today, l.client_id, $10::int FROM locked l, taker t WHERE l.verdict = 'open' AND $10::int <= l.cap
    ON CONFLICT (day, client_id) DO UPDATE SET used = u.used + excluded.used
    WHERE u.used + excluded.used <= (SELECT cap FROM locked)
    RETURNING day
  )`;

/** Whether there is no room as things stand, of the notification's row (alias n): most are turned away by this alone. */
export const NO_SEGMENTS_LEFT = `
  $10::int + coalesce((
    SELECT used FROM sms_usage
    WHERE day = (clock.now AT TIME ZONE 'UTC')::date AND client_id = n.client_id
  ), 0) > sms_cap_of(n.client_id)`;

/**
 * Gives back what attempts have taken that certainly were not sent. What is in doubt stays counted.
 * @param attempts a CTE with client_id, cap_day and cap_segments
 * @param outcome an SQL expression
 */
export const giveSegmentsBack = (attempts: string, outcome: string) => `
  unspent AS (
    UPDATE sms_usage u SET used = u.used - a.cap_segments
    FROM ${attempts} a
    WHERE u.day = a.cap_day AND u.client_id = a.client_id AND ${outcome} NOT IN ('sent', 'unknown')
  )`;
