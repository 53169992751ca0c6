import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants, type ServerHttp2Session } from "node:http2";
import { describe, expect, it } from "vitest";
import { push, takes, useApns } from "./apns.harness.ts";
import { closedAfterTest, failureOf } from "./provider.harness.ts";

const { providerFor, serve, settingsWith } = useApns();

describe("the connection", () => {
  it.each([
    ["was closed", (session: ServerHttp2Session) => session.close()],
    ["was announced to close", (session: ServerHttp2Session) => session.goaway(constants.NGHTTP2_NO_ERROR)],
    ["broke", (session: ServerHttp2Session) => session.destroy()],
  ])("is opened again after it %s", async (_name, end) => {
    const { url, sessions } = await serve(takes);
    const provider = providerFor({ baseUrl: url });
    await provider.send(push());
    end(sessions[0] as ServerHttp2Session);
    const connections = async (): Promise<number> => {
      await provider.send(push());
      return sessions.length;
    };
    await expect.poll(connections, { timeout: 10_000 }).toBe(2);
  });

  it("is given up when an answer stays away, and the push that waits is taken back", async () => {
    const cancelled = Promise.withResolvers<number | undefined>();
    const { url, sessions, received } = await serve(
      (stream) => stream.on("close", () => cancelled.resolve(stream.rstCode)),
      takes,
    );
    const provider = providerFor({ baseUrl: url });
    const deadline = new AbortController();
    const failure = failureOf(provider.send(push({ signal: deadline.signal })));
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(1);
    deadline.abort();
    expect(await failure).toMatchObject({ kind: "ambiguous", code: "deadline_exceeded" });
    expect(await cancelled.promise).toBe(constants.NGHTTP2_CANCEL);
    await provider.send(push());
    expect(sessions).toHaveLength(2);
  });

  it("ends with the provider", async () => {
    const { url, sessions } = await serve(takes);
    const provider = providerFor({ baseUrl: url });
    await provider.send(push());
    const closed = once(sessions[0] as ServerHttp2Session, "close");
    await provider.close();
    await closed;
    expect((await failureOf(provider.send(push()))).kind).toBe("transient");
  });
});

describe("a process that has sent", () => {
  const program = `
    import { createApnsProvider } from ${JSON.stringify(new URL("./apns.ts", import.meta.url).href)};
    const { settings, message } = JSON.parse(process.env.INPUT);
    const provider = createApnsProvider(settings);
    await provider.send({ ...message, signal: new AbortController().signal });
    process.send("sent");
    await new Promise((resolve) => process.once("message", resolve));
    await provider.close();
    process.disconnect();
  `;

  it("ends after the provider was closed, though a connection that the server meant to close is still there", async () => {
    const { url, sessions } = await serve(takes);
    const settings = settingsWith({ baseUrl: url });
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      env: { ...process.env, INPUT: JSON.stringify({ settings, message: push() }) },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    closedAfterTest({ close: () => child.kill("SIGKILL") });
    await once(child, "message");
    // Not answered by the client in any way that Node's server shows.
    sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR);
    child.send("close");
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
