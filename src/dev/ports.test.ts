import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LauncherError } from "./launcher-error.ts";
import { isListening, settlePorts } from "./ports.ts";

const any = (owner: string) => ({ number: 0, owner, setting: owner.toUpperCase() });

let server: Server;
let taken: number;
beforeEach(async () => {
  server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  taken = (server.address() as AddressInfo).port;
});
afterEach(() => server.close());

describe("settlePorts", () => {
  it("finds different free ports, which can be listened on afterwards", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
    const settled = await settlePorts(Object.fromEntries(names.map((name) => [name, any(name)])));
    expect(new Set(Object.values(settled)).size).toBe(20);
    expect(await settlePorts({ again: { ...any("again"), number: settled.p0 as number } })).toEqual({
      again: settled.p0,
    });
  });

  it("says which port is taken, for what, and which setting moves it", async () => {
    const attempt = settlePorts({ free: any("free"), api: { number: taken, owner: "the API", setting: "PORT" } });
    await expect(attempt).rejects.toThrow(LauncherError);
    await expect(attempt).rejects.toThrow(
      `Port ${taken} for the API is taken: stop what uses it, or set PORT to another port.`,
    );
  });

  it("refuses one port for two", async () => {
    const { port } = await settlePorts({ port: any("port") });
    const twice = { a: { ...any("a"), number: port }, b: { ...any("b"), number: port } };
    await expect(settlePorts(twice)).rejects.toThrow(/for b is taken/);
  });
});

describe("isListening", () => {
  it("tells whether somebody answers there", async () => {
    expect(await isListening(`127.0.0.1:${taken}`)).toBe(true);
    const { free } = await settlePorts({ free: any("free") });
    expect(await isListening(`127.0.0.1:${free}`)).toBe(false);
  });
});
