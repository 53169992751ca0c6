import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { freePort } from "../../tests/support/processes.ts";
import { useSandbox } from "../sandbox/sandbox.harness.ts";
import type { Sandbox } from "../sandbox/start-sandbox.ts";
import { discreetFailureOf, messageFor, SUBJECTS } from "./contract.harness.ts";
import { closedAfterTest, listen, serveTcp } from "./provider.harness.ts";
import type { Provider } from "./provider.ts";

let sandbox: Sandbox;
let directory: string;
useSandbox((started, itsDirectory) => {
  sandbox = started;
  directory = itsDirectory;
});

describe.each(SUBJECTS)("the connections of provider $id", (subject) => {
  /** The address of the sandbox with another host and port. */
  const urlTo = (authority: string): string => subject.urlIn(sandbox).replace(/\/\/.*/, `//${authority}`);
  const secureUrlTo = (port: number): string =>
    urlTo(`127.0.0.1:${port}`).replace(/^(http|smtp)s?:/, (_, protocol: string) => `${protocol}s:`);
  const trustingProvider = (url: string): Provider => closedAfterTest(subject.create({ ...sandbox, url }));
  const provider = (url: string): Provider =>
    closedAfterTest(subject.create({ url, apnsKeyFile: sandbox.apnsKeyFile }));

  it("send nothing where they are refused", async () => {
    const sending = provider(urlTo(`127.0.0.1:${await freePort()}`)).send(messageFor(subject));
    expect(await discreetFailureOf(sending)).toMatchObject({
      kind: "transient",
      code: "connection_refused",
      alertOperator: false,
    });
  });

  it("send nothing to a name that does not exist", async () => {
    const sending = provider(urlTo("nobody.invalid")).send(messageFor(subject));
    expect(await discreetFailureOf(sending)).toMatchObject({ kind: "transient", code: "dns_failed" });
  });

  it("send nothing to a host that nobody vouches for, and call somebody", async () => {
    const certificate = {
      key: await readFile(join(directory, "key.pem")),
      cert: await readFile(join(directory, "ca.pem")),
      ALPNProtocols: ["h2", "http/1.1"],
    };
    const received: Buffer[] = [];
    const server = createTlsServer(certificate, (socket) => {
      socket.on("error", () => undefined); // the client hangs up
      socket.on("data", (chunk: Buffer) => received.push(chunk));
    });
    closedAfterTest(server);
    const sending = provider(secureUrlTo(await listen(server))).send(messageFor(subject));
    expect(await discreetFailureOf(sending)).toMatchObject({
      kind: "transient",
      code: "tls_failed",
      alertOperator: true,
    });
    expect(received).toEqual([]);
  });

  it("send nothing before the TLS handshake is over", async () => {
    const { port } = await serveTcp((socket) => socket.once("data", () => socket.destroy()));
    const sending = provider(secureUrlTo(port)).send(messageFor(subject));
    expect((await discreetFailureOf(sending)).kind).toBe("transient");
  });

  it("are let go of when the deadline comes during the TLS handshake, which has sent nothing", async () => {
    const connected = Promise.withResolvers<Socket>();
    const { port } = await serveTcp(connected.resolve);
    const deadline = new AbortController();
    const sending = provider(secureUrlTo(port)).send(messageFor(subject, { signal: deadline.signal }));
    const failure = discreetFailureOf(sending);
    const socket = await connected.promise;
    deadline.abort();
    expect(await failure).toMatchObject({ kind: "transient", code: "deadline_exceeded" });
    await once(socket.resume(), "close");
  });

  it("serve one message after another, and keep nothing of any", async () => {
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.name);
    process.on("warning", note);
    onTestFinished(() => void process.off("warning", note));
    const sandboxPort = Number(new URL(subject.urlIn(sandbox)).port);
    const { port, sockets } = await serveTcp((socket) => {
      const onward = connect(sandboxPort, "127.0.0.1");
      onward.on("error", () => undefined); // ends with the other half
      socket.on("close", () => onward.destroy());
      socket.pipe(onward).pipe(socket);
    });
    const sender = trustingProvider(urlTo(`127.0.0.1:${port}`));
    for (let sent = 0; sent < 15; sent++) await sender.send(messageFor(subject));
    expect(sandbox.messages()).toHaveLength(15);
    // Ten are what SMTP's take.
    expect(sockets).toHaveLength(subject.id === "smtp" ? 2 : 1);
    expect(warnings).not.toContain("MaxListenersExceededWarning");
  });

  it("go past the proxies of the environment", async () => {
    const { port, sockets } = await serveTcp((socket) => socket.destroy());
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) {
      vi.stubEnv(name, `http://127.0.0.1:${port}`);
      vi.stubEnv(name.toLowerCase(), `http://127.0.0.1:${port}`);
    }
    vi.stubEnv("NO_PROXY", "");
    vi.stubEnv("no_proxy", "");
    await trustingProvider(subject.urlIn(sandbox)).send(messageFor(subject));
    expect(sandbox.messages()).toHaveLength(1);
    expect(sockets).toEqual([]);
  });
});
