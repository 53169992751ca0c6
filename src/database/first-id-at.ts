/**
 * SQL of the first id that could have been made at a time: ids of notifications, attempts and receipts begin with the
 * millisecond (UUID version 7), so their primary keys find what is of a time.
 */
export const firstIdAt = (time: string) =>
  `(lpad(to_hex((extract(epoch FROM ${time}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`;
