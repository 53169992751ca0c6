import type { Fault } from "../domain/breaker-policy.ts";
import type { Channel } from "../domain/channel.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";

/** What every provider of a channel can do: hand one message over, once. */
export interface Provider {
  /** The name it has in configuration, deliveries and attempts, e.g. `smtp`. */
  readonly id: string;
  readonly channels: readonly Channel[];
  /**
   * Makes exactly one attempt: the SDK's own retries are off. Resolves when the provider has accepted the message.
   * @throws {ProviderError} always this class, whatever the SDK threw
   */
  send(message: OutgoingMessage): Promise<Accepted>;
  /** Lets go of connections; nothing may be sent afterwards. */
  close(): Promise<void>;
}

export type OutgoingMessage = {
  /** Travels to wherever a receipt brings it back, so that a receipt finds its attempt. */
  attemptId: string;
  deliveryId: string;
  /** The public id, `ntf_…`. */
  notificationId: string;
  channel: Channel;
  /** Device token, E.164 phone or email address. */
  address: string;
  /** The app that a device token belongs to (APNs topic), where it is known. */
  app: string | null;
  content: RenderedContent;
  /** Of a mail, besides those that every mail has. Every adapter of email must hand them over. */
  headers?: Readonly<Record<string, string>>;
  /** Of a push: proves to us that an app which tells of it got it. Adapters of push hand it over beside the ids. */
  pushToken?: string;
  /** After this moment nobody wants the message any more: providers that can, drop it. */
  expiresAt: Date | null;
  priority: "high" | "normal" | "low";
  /** Aborted at the hard deadline of the call; the outcome is then ambiguous. */
  signal: AbortSignal;
};

export type Accepted = {
  /** The provider's own name for the message, where it gives one. */
  providerMessageId: string | null;
};

/**
 * - `permanent`: refused, and would be refused again; nothing was sent.
 * - `throttled`: refused for now because of a rate; nothing was sent.
 * - `transient`: certainly not accepted, may work later (no connection, a 4yz reply).
 * - `ambiguous`: it may or may not have been accepted (no answer after bytes were sent, a 5xx, an unreadable answer).
 */
export type ProviderErrorKind = "permanent" | "throttled" | "transient" | "ambiguous";

export type ProviderErrorOptions = {
  /** The provider's stable code, or our word for it: letters, digits, `.`, `_`, `-`, `/`; never a text or an address. */
  code: string;
  /** How long the provider asked to wait, in milliseconds. */
  retryAfterMs?: number;
  /**
   * `provider`: another one may take this very message. Default: `message` for what is permanent, since others would
   * refuse it too; `provider` for everything else.
   */
  fault?: Fault;
  /** What follows for the address: a dead token is deactivated, a dead address suppressed. */
  address?: "deactivate" | "suppress";
  /**
   * When the provider knew a token to be dead. It came back to life if it was registered after that, so its caller has
   * to compare before it deactivates; absent: dead for certain.
   */
  deadSince?: Date;
  /** Somebody has to mend something (credentials, quota): worth an alert. */
  alertOperator?: boolean;
};

/** Carries no text of the provider: such texts quote addresses, and this error is logged and kept in history. */
export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  readonly fault: Fault;
  readonly address: "deactivate" | "suppress" | undefined;
  readonly deadSince: Date | undefined;
  readonly alertOperator: boolean;

  constructor(kind: ProviderErrorKind, options: ProviderErrorOptions) {
    super(`${kind}: ${options.code}`);
    this.name = "ProviderError";
    this.kind = kind;
    this.code = options.code;
    this.retryAfterMs = options.retryAfterMs;
    this.fault = options.fault ?? (kind === "permanent" ? "message" : "provider");
    this.address = options.address;
    this.deadSince = options.deadSince;
    this.alertOperator = options.alertOperator ?? false;
  }
}
