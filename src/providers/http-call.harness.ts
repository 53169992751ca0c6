import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import type { HttpAgent } from "./http-agent.ts";
import { ProviderError } from "./provider.ts";

/** What a call throws where it should not. */
export const unexpected = (): ProviderError => new ProviderError("permanent", { code: "unexpected" });

/** One request as an SDK would make it, and its answer read to the end. */
export async function post(agent: HttpAgent): Promise<void> {
  const sent = request({ agent, method: "POST", host: "api.example.com", path: "/" });
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  await once(response.resume(), "end");
}
