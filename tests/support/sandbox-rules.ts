import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";

/** Makes the sandbox's providers misbehave, for so many requests or until the rules are cleared. */
export async function addRule(
  sandbox: Sandbox,
  match: Record<string, string>,
  respond: Record<string, unknown>,
  times?: number,
): Promise<void> {
  const response = await fetch(`${sandbox.url}/rules`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ match, respond, ...(times === undefined ? {} : { times }) }),
  });
  if (!response.ok) throw new Error(await response.text());
}

export async function clearRules(sandbox: Sandbox): Promise<void> {
  await fetch(`${sandbox.url}/rules`, { method: "DELETE" });
}
