import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request } from "node:https";
import type { HttpAgent } from "./http-agent.ts";

export type FormAnswer = { status: number; headers: IncomingHttpHeaders; text: string };

/**
 * One form for an SDK whose own HTTP client takes no agent, and its answer read to the end. No redirection is
 * followed, and no proxy is asked.
 * @param url HTTPS in every case, as the agent wants it
 * @throws the system's errors, also where the answer breaks off
 */
export async function postForm(
  agent: HttpAgent,
  url: string,
  headers: Record<string, string>,
  fields: Readonly<Record<string, string>>,
): Promise<FormAnswer> {
  const bytes = Buffer.from(new URLSearchParams(fields).toString());
  const sent = request(url, {
    agent,
    method: "POST",
    headers: {
      ...headers,
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "content-length": bytes.length,
    },
  });
  // What happens to the connection once the answer has begun is told by the answer as well.
  sent.on("error", () => undefined);
  sent.end(bytes);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString("utf8") };
}
