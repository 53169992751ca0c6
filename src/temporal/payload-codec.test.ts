import { randomBytes } from "node:crypto";
import { defaultPayloadConverter } from "@temporalio/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPayloadCodec, UnknownPayloadKeyError } from "./payload-codec.ts";

const key = (id: string) => ({ id, bytes: randomBytes(32) });
const old = key("2026-01");
const next = key("2026-07");
const codec = createPayloadCodec([old]);

const payloadOf = (value: unknown) => defaultPayloadConverter.toPayload(value);

describe("the payload codec", () => {
  it("gives back what it was given, and lets nothing of it be read meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.stringMatching(/^[a-z]{12,40}$/), async (value, canary) => {
        const [sealed] = await codec.encode([payloadOf({ value, canary })]);
        if (sealed === undefined) throw new Error("nothing was encoded");
        expect(Buffer.from(sealed.data ?? []).includes(canary)).toBe(false);
        const [opened] = await codec.decode([sealed]);
        expect(defaultPayloadConverter.fromPayload(opened ?? {})).toEqual(
          JSON.parse(JSON.stringify({ value, canary })),
        );
      }),
    );
  });

  it("never encrypts the same twice", async () => {
    const [one, other] = await codec.encode([payloadOf("same"), payloadOf("same")]);
    expect(one?.data).not.toEqual(other?.data);
  });

  it("reads what an older key wrote after a new one was put in front", async () => {
    const sealed = await codec.encode([payloadOf("old")]);
    const rotated = createPayloadCodec([next, old]);
    expect(defaultPayloadConverter.fromPayload((await rotated.decode(sealed))[0] ?? {})).toBe("old");
    const [fresh] = await rotated.encode([payloadOf("new")]);
    expect(Buffer.from(fresh?.metadata?.["encryption-key-id"] ?? []).toString()).toBe(next.id);
  });

  it("says which key is missing", async () => {
    const sealed = await createPayloadCodec([next]).encode([payloadOf("x")]);
    await expect(codec.decode(sealed)).rejects.toThrow(UnknownPayloadKeyError);
    await expect(codec.decode(sealed)).rejects.toThrow(next.id);
  });

  it("refuses what was changed on the way", async () => {
    const [sealed] = await codec.encode([payloadOf("x")]);
    const bent = Buffer.from(sealed?.data ?? []);
    bent[20] = (bent[20] ?? 0) ^ 1;
    await expect(codec.decode([{ ...sealed, data: bent }])).rejects.toThrow();
  });

  it("leaves alone what was never encrypted", async () => {
    const plain = payloadOf("plain");
    expect(await codec.decode([plain])).toEqual([plain]);
  });
});
