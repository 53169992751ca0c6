import type { Alarm } from "../activities/alarm.ts";
import type { Logger } from "../observability/log.ts";
import { type OutgoingMessage, type Provider, ProviderError } from "../providers/provider.ts";

/**
 * The provider, with an alert and one error line in the log for each call that failed because somebody has to mend something: a wrong
 * password, an expired certificate, a bug of the adapter. Deliveries wait meanwhile, so nothing else would tell.
 */
export function callingOperators(provider: Provider, { log, alarm }: { log: Logger; alarm: Alarm }): Provider {
  return {
    id: provider.id,
    channels: provider.channels,
    async send(message) {
      try {
        return await provider.send(message);
      } catch (error) {
        report({ log, alarm }, provider.id, message, error);
        throw error;
      }
    },
    close: () => provider.close(),
  };
}

/** Ids and codes only: texts of errors quote addresses. */
function report(
  { log, alarm }: { log: Logger; alarm: Alarm },
  provider: string,
  message: OutgoingMessage,
  error: unknown,
): void {
  const { channel, notificationId, attemptId } = message;
  const known = error instanceof ProviderError ? error : null;
  if (known?.alertOperator === false) return;
  const code = known?.code ?? "adapter_error";
  log.error({ provider, channel, code, notificationId, attemptId }, "the provider or its settings need an operator");
  // It never fails, and the attempt is closed meanwhile.
  void alarm.raise("provider_needs_mending", provider, { channel, code });
}
