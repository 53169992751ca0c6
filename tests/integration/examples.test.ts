import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTidings, type Tidings } from "../../src/client/tidings.ts";
import { ensureDemoData } from "../../src/dev/demo-data.ts";
import { FINAL, ok, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

// What the documents tell people to paste, run as it stands there, on what `npm start` begins with.

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const shellBlocks = (text: string) => [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = ""]) => block);

let system: System;
let tidings: Tidings;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  system = await startSystem();
  const url = system.apis[0]?.url ?? "";
  const development = { name: "development", client: "demo", scopes: ["admin"] };
  const made = await ok(system.call<{ appKey: string; appSecret: string }>("POST", "/v1/keys", development));
  const key = `${made.appKey}.${made.appSecret}`;
  await ensureDemoData(url, key);
  tidings = createTidings({ url, key });
  const path = `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env.PATH}`;
  environment = {
    ...process.env,
    PATH: path,
    TIDINGS_URL: url,
    TIDINGS_KEY: key,
    TIDINGS_SANDBOX_URL: system.sandbox.url,
  };
}, 120_000);
afterAll(() => system.stop());

async function paste(script: string): Promise<string[]> {
  const { stdout } = await run("bash", ["-ec", script], { cwd: ROOT, env: environment });
  return stdout.split("\n").filter((line) => line !== "");
}

function finished(id: string): Promise<boolean> {
  return waitFor(`${id} to be final`, async () => {
    const { data } = await tidings.GET("/v1/notifications/{id}", { params: { path: { id } } });
    return data !== undefined && FINAL.has(data.status);
  });
}

describe("docs/http-api.md", () => {
  const [define = "", ...examples] = shellBlocks(read("docs/http-api.md"));
  /** The same curl, which says the status of each answer besides. */
  const telling = `curl() { command curl -w '\\n%{http_code}\\n' "$@"; }\n${define}`;

  // Its quiet hours of everybody would hold what is sent below, where it happens to be night in Berlin.
  afterAll(() => ok(system.call("PUT", "/v1/settings", {})));

  it("has only examples that work, in its order", async () => {
    // What only a provider may call is shown as it is refused.
    const ours = examples.filter((example) => example.includes("tidings "));
    expect(ours.length).toBeGreaterThan(15);
    let replayId = "";
    for (const shown of ours) {
      const example = shown.replace(/(?<=\/replays\/)[\w-]+/, replayId);
      const lines = await paste(telling + example);
      const statuses = lines.filter((line) => /^\d{3}$/.test(line)).map(Number);
      expect([lines, statuses.length]).toEqual([lines, example.match(/^tidings /gm)?.length]);
      expect([lines, statuses.filter((status) => status >= 300)]).toEqual([lines, []]);
      if (example.includes("/dead-letters/replay ")) replayId = (JSON.parse(lines[0] ?? "") as { id: string }).id;
      // The page shows next what became of it.
      if (example.includes("order-1001-shipped")) await finished((JSON.parse(lines[0] ?? "") as { id: string }).id);
    }
  }, 120_000);

  it("shows how an app tells of the last push", async () => {
    const [example = "exit 1"] = examples.filter((block) => block.includes("/opened"));
    expect(await paste(example)).toEqual(["204"]);
  });
});

describe("README.md", () => {
  it("cancels what it has just scheduled", async () => {
    const [, , later = "exit 1"] = shellBlocks(read("README.md"));
    const [answer = ""] = await paste(later);
    expect(JSON.parse(answer)).toMatchObject({ result: "cancelled" });
  });
});

describe("examples/", () => {
  const says: Record<string, RegExp> = {
    "register-device.ts": /^u1 has the device [0-9a-f-]{36}, last seen at 20/,
    "send-order.ts": /^ntf_\w+ is (accepted|sending|sent)$/,
    "one-time-code.ts": /^ntf_\w+ is sent$/,
    "cancel.ts": /^ntf_\w+: cancelled$/,
    "receive-events.ts": /^evt_[\w-]+ tells endpoint\.test$/,
  };

  it("has these", () => {
    const programs = readdirSync(join(ROOT, "examples")).filter((file) => file !== "tidings.ts");
    expect(programs.toSorted()).toEqual(Object.keys(says).toSorted());
  });

  it.each(Object.entries(says))("%s works, and works again", async (file, lastLine) => {
    for (const _ of [1, 2]) expect((await paste(`node examples/${file}`)).at(-1)).toMatch(lastLine);
  });

  it("has each code arrive once", () => {
    const codes = system.sandbox.messages().filter(({ text }) => /^Your code is \d{6}\.$/.test(text));
    expect(codes.map(({ to }) => to)).toEqual(["+14155550123", "+14155550123"]);
  });

  it("tells who runs it without a key how to go on", async () => {
    const { TIDINGS_KEY: _, ...keyless } = environment;
    const failed = run("node", ["examples/cancel.ts"], { cwd: ROOT, env: keyless });
    await expect(failed).rejects.toThrow("npx node --env-file=.tidings/dev.env examples/<name>.ts");
  });
});
