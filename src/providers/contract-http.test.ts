import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { discreetFailureOf, HTTP_SUBJECTS, messageFor } from "./contract.harness.ts";
import { closedAfterTest, serveHttp, serveTcp } from "./provider.harness.ts";
import type { ProviderError } from "./provider.ts";

describe.each(HTTP_SUBJECTS)("provider $id", (subject) => {
  async function failureAt(url: string): Promise<ProviderError> {
    const provider = closedAfterTest(subject.create({ url, apnsKeyFile: "" }));
    return discreetFailureOf(provider.send(messageFor(subject)));
  }

  it("does not follow a redirection, and is in doubt", async () => {
    const answer: RequestListener = (_request, response) => response.writeHead(307, { location: "/elsewhere" }).end();
    const { url, received } = await serveHttp({ read: String, answer });
    expect(await failureAt(url)).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
    expect(received).toHaveLength(1);
  });

  it("is in doubt about an answer that breaks off, for which an SDK alone may wait for ever", async () => {
    const answer: RequestListener = (request, response) => {
      response.writeHead(202, { "content-length": "100" });
      response.write("{", () => request.socket.destroy());
    };
    const { url } = await serveHttp({ read: String, answer });
    expect(await failureAt(url)).toMatchObject({ kind: "ambiguous", code: subject.brokenOff });
  });

  it("is in doubt about an answer that is no HTTP", async () => {
    const { port } = await serveTcp((socket) => socket.once("data", () => socket.end("what?\r\n\r\n")));
    expect(await failureAt(`http://127.0.0.1:${port}`)).toMatchObject({ kind: "ambiguous", code: "garbled_answer" });
  });
});
