import type { Config } from "./config.ts";
import { sendsAsNobody } from "./provider-settings.ts";

/** What is accepted in production but is probably a mistake, a sentence each: for the log of workers, and for `/readyz`. */
export function settingWarnings({
  environment,
  http,
  providers,
}: Pick<Config, "environment" | "http" | "providers">): string[] {
  if (environment !== "production") return [];
  return [
    ...(sendsAsNobody(providers)
      ? ["EMAIL_FROM is not set: mails are sent from no-reply@tidings.invalid, which many servers refuse"]
      : []),
    ...(http.linkUrl === null
      ? ["PUBLIC_URL is not https: mails carry no link to unsubscribe, and are not tracked"]
      : []),
  ];
}
