/** What is audited. The triggers of the database write it; see the migrations `audit` and `audit_endpoints`. */
export const AUDIT_ACTIONS = [
  "suppression.created",
  "suppression.changed",
  "suppression.deleted",
  "key.created",
  "key.changed",
  "key.revoked",
  "channel.changed",
  "provider.changed",
  "settings.changed",
  "category.changed",
  "template.changed",
  "template.rolled_back",
  "user.erased",
  "dead_letters.replayed",
  "dead_letters.replay_cancelled",
  "webhook_endpoint.created",
  "webhook_endpoint.changed",
  "webhook_endpoint.deleted",
  "payload_key.retired",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who makes a change: `key:<id>`, `link:<kind>` or `provider:<id>`; `client` is whose key it is. */
export type Actor = { actor: string; client: string | null };

export function keyActor({ keyId, clientId }: { keyId: string; clientId: string }): Actor {
  return { actor: `key:${keyId}`, client: clientId };
}

/** A provider that told of it, by a webhook or as an answer. */
export function providerActor(provider: string): Actor {
  return { actor: `provider:${provider}`, client: null };
}

/** Whoever opened an unsubscribe link: its token is the proof, and names no key. */
export const UNSUBSCRIBE_LINK: Actor = { actor: "link:unsubscribe", client: null };
