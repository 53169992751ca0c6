import type { SandboxMessage } from "./message.ts";

/** What mail programs make their button of (RFC 2369, RFC 8058). `headerOf` takes names in lower case. */
export function listUnsubscribeOf(headerOf: (name: string) => string | null): SandboxMessage["listUnsubscribe"] {
  const url = /<(https?:[^>]+)>/.exec(headerOf("list-unsubscribe") ?? "")?.[1];
  if (url === undefined) return null;
  return { url, oneClick: headerOf("list-unsubscribe-post") === "List-Unsubscribe=One-Click" };
}
