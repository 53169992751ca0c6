/** Who wants no more mail of a category: a user, or an address that a request brought, by its hash (hex). */
export type UnsubscribeTarget = { category: string } & ({ userId: string } | { addressHash: string });
