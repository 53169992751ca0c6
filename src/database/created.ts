/** A stored thing, and whether this very call made it (else it replaced what was there). */
export type Stored<T> = { value: T; created: boolean };

/**
 * For the RETURNING clause of an upsert: true for a row that was inserted. Only an updated row carries the id of a
 * locking transaction.
 */
export const CREATED = `(xmax = 0) AS created`;
