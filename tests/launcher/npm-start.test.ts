import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { makeFreshClone, type FreshClone, type Person, type RunningStart } from "./fresh-clone.ts";

const MINUTE = 60_000;
/** What the README's request reaches, in the order of the deliveries. */
const CHANNELS = ["apns", "fcm", "sms", "email"];
const isRoot = process.getuid?.() === 0;

/** Root is tried as well where the tests run as root; a plain user always is. */
const people: [name: string, person: Person][] = isRoot
  ? [
      ["root", null],
      ["a plain user", { uid: idOf("-u"), gid: idOf("-g") }],
    ]
  : [["a plain user", null]];

function idOf(which: "-u" | "-g"): number {
  return Number(execFileSync("id", [which, "nobody"], { encoding: "utf8" }));
}

/** Root's is another user's; whoever runs the others, they are the same. */
const POSTGRES = "bin/postgres -D";
const OTHERS = ["src/workers/run.ts", "src/api/server.ts", "src/sandbox/main.ts", "temporal.db"];

const clones = new Map<Person, FreshClone>();
const firstStarts = new Map<Person, RunningStart>();

// At the same time, since each spends half a minute on its packages.
beforeAll(async () => {
  for (const [, person] of people) clones.set(person, await makeFreshClone(person));
  for (const [person, clone] of clones) firstStarts.set(person, clone.start());
  await Promise.all([...firstStarts.values()].map((start) => start.ready()));
}, 9 * MINUTE);
afterAll(() => Promise.all([...clones.values()].map((clone) => clone.remove())), 3 * MINUTE);

describe.each(people)("npm start on a fresh clone as %s", (_name, person) => {
  const isPlain = person !== null || !isRoot;
  let clone: FreshClone;
  let start: RunningStart;
  let firstKey: string;

  beforeAll(() => {
    clone = clones.get(person) as FreshClone;
    start = firstStarts.get(person) as RunningStart;
  });
  afterAll(() => clone.remove(), 3 * MINUTE);

  const api = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const { TIDINGS_URL, TIDINGS_KEY } = clone.devEnv();
    const response = await fetch(`${TIDINGS_URL}${path}`, {
      method,
      headers: { authorization: `Bearer ${TIDINGS_KEY}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const notify = (eventId: string) =>
    api("POST", "/v1/notifications", {
      eventId,
      to: { userId: "u1" },
      category: "orders",
      template: "order_shipped",
      data: { item_name: "Shoes" },
    });
  const messagesOf = async (notificationId: unknown): Promise<{ channel: string }[]> => {
    const response = await fetch(
      `${clone.devEnv().TIDINGS_SANDBOX_URL}/messages?notificationId=${String(notificationId)}`,
    );
    return ((await response.json()) as { items: { channel: string }[] }).items;
  };
  const arrives = (notificationId: unknown) =>
    waitFor("all four messages", async () => (await messagesOf(notificationId)).length === CHANNELS.length);
  const processNamed = (part: string) => clone.processes().find((line) => line.includes(part));

  it("says how to go on", () => {
    const { TIDINGS_URL, TIDINGS_SANDBOX_URL } = clone.devEnv();
    for (const part of [TIDINGS_URL, TIDINGS_SANDBOX_URL, ".tidings/dev.env"]) expect(start.output()).toContain(part);
    firstKey = clone.devEnv().TIDINGS_KEY as string;
    expect(statSync(join(clone.directory, ".tidings/dev.env")).mode & 0o777).toBe(0o600);
  });

  it("sends the demo notification to the sandbox", async () => {
    const { id } = await notify("first");
    await arrives(id);
    expect((await messagesOf(id)).map(({ channel }) => channel).sort()).toEqual(CHANNELS.toSorted());
  });

  it("runs the README's first request as it is printed there", async () => {
    const readme = readFileSync(join(clone.directory, "README.md"), "utf8");
    const snippet = /## First request[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "exit 1";
    const output = execFileSync("sh", ["-ec", snippet], { cwd: clone.directory, encoding: "utf8", ...person });
    const answers = output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers[0]).toMatchObject({ eventId: "order-1001-shipped", status: "accepted" });
    expect(answers[1]).toMatchObject({ id: answers[0]?.id });
    expect(answers[2]).toHaveProperty("items");
    // A slow machine takes longer than the snippet waits.
    const sent = await waitFor("it to be sent", async () => {
      const notification = await api("GET", `/v1/notifications/${String(answers[0]?.id)}`);
      return notification.status === "sent" && notification;
    });
    expect(sent).toMatchObject({ deliveries: CHANNELS.map((channel) => ({ channel, status: "sent" })) });
  });

  it("leaves the tree as git has it", () => {
    expect(existsSync(join(clone.directory, "package-lock.json"))).toBe(true);
    const now = readFileSync(join(clone.directory, "package-lock.json"), "utf8");
    expect(now).toBe(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"));
  });

  it.runIf(person === null && isRoot)("keeps PostgreSQL where its user may enter, and nobody else", () => {
    const elsewhere = readFileSync(join(clone.directory, ".tidings/postgres-location"), "utf8").trim();
    expect(elsewhere).toMatch(/^\/var\/tmp\/tidings-[0-9a-f]{16}$/);
    const { mode, uid } = statSync(elsewhere);
    expect(mode & 0o777).toBe(0o700);
    expect(uid).not.toBe(0);
  });

  it("lets nobody into PostgreSQL without the password", async () => {
    const { default: pg } = await import("pg");
    const line = processNamed(POSTGRES) ?? "";
    const port = Number(line.match(/ -p (\d+)/)?.[1]);
    const client = new pg.Client({ host: "127.0.0.1", port, user: "tidings", database: "tidings", password: "guess" });
    await expect(client.connect()).rejects.toThrow(/password authentication failed/);
  });

  it.each(isPlain ? [...OTHERS, POSTGRES] : [POSTGRES])(
    "starts %s again after SIGKILL, and goes on sending",
    async (part) => {
      const before = processNamed(part) as string;
      process.kill(Number(before.split(" ")[0]), "SIGKILL");
      await waitFor(`another ${part}`, () => {
        const now = processNamed(part);
        return now !== undefined && now !== before;
      });
      const eventId = `after-${part}`;
      const { id } = await waitFor(
        "an accepted request",
        async () => {
          const answer = await notify(eventId).catch(() => null);
          return answer?.id === undefined ? null : answer;
        },
        { timeoutMs: MINUTE },
      );
      await waitFor("the messages", async () => (await messagesOf(id).catch(() => [])).length >= CHANNELS.length, {
        timeoutMs: 2 * MINUTE,
      });
    },
    4 * MINUTE,
  );

  it("refuses a second start of the same folder and leaves the first alone", async () => {
    const second = clone.start();
    expect(await second.ended()).not.toBe(0);
    expect(second.output()).toMatch(/Tidings is already running from this folder/);
    await arrives((await notify("after the second start")).id);
  });

  it(
    "goes down cleanly on SIGTERM",
    async () => {
      start.child.kill("SIGTERM");
      expect(await start.ended()).toBe(0);
      expect(clone.processes()).toEqual([]);
    },
    MINUTE,
  );

  it(
    "is up again within 10 seconds, with the same key and data",
    async () => {
      const startAgain = async () => {
        const before = performance.now();
        start = clone.start();
        await start.ready();
        return performance.now() - before;
      };
      let tookMs = await startAgain();
      // The best of three: the machine may have other things to do for a while.
      for (let starts = 1; tookMs >= 10_000 && starts < 3; starts++) {
        start.child.kill("SIGTERM");
        await start.ended();
        tookMs = await startAgain();
      }
      expect(tookMs).toBeLessThan(10_000);
      expect(clone.devEnv().TIDINGS_KEY).toBe(firstKey);
      const { items } = await api("GET", "/v1/users/u1/contacts");
      expect(items).toHaveLength(CHANNELS.length);
      expect(await messagesOf((await notify("first")).id)).toHaveLength(CHANNELS.length);
    },
    3 * MINUTE,
  );

  it(
    "goes down cleanly on Ctrl-C, which a terminal sends to every process of the command",
    async () => {
      process.kill(-(start.child.pid as number), "SIGINT");
      await start.ended();
      await waitFor("nothing left running", () => clone.processes().length === 0);
      expect(start.output()).toContain("Stopping…");
    },
    MINUTE,
  );

  it.runIf(isPlain)(
    "ends at once on a second Ctrl-C, even where a process does not stop",
    async () => {
      start = clone.start();
      await start.ready();
      // Stopped by the debugger's signal, the worker cannot react to anything but SIGKILL.
      process.kill(Number(processNamed("src/workers/run.ts")?.split(" ")[0]), "SIGSTOP");
      process.kill(-(start.child.pid as number), "SIGINT");
      await waitFor("the API to stop", () => processNamed("src/api/server.ts") === undefined);
      const pressAgain = setInterval(() => start.child.kill("SIGINT"), 500);
      await start.ended();
      clearInterval(pressAgain);
      expect(clone.processes()).toEqual([]);
    },
    MINUTE,
  );

  it(
    "cleans up after a launcher that was killed, and goes on",
    async () => {
      start = clone.start();
      await start.ready();
      process.kill(-(start.child.pid as number), "SIGKILL");
      await start.ended();
      await waitFor("our own processes to end by themselves", () => processNamed("/src/") === undefined);
      expect(processNamed(POSTGRES)).toBeDefined();
      start = clone.start();
      await start.ready();
      expect(start.output()).toContain("which an earlier start left running");
      expect(clone.processes().filter((line) => line.includes(POSTGRES))).toHaveLength(1);
      expect(clone.devEnv().TIDINGS_KEY).toBe(firstKey);
      start.child.kill("SIGTERM");
      expect(await start.ended()).toBe(0);
      expect(clone.processes()).toEqual([]);
    },
    2 * MINUTE,
  );

  it(
    "names a taken port and the setting that moves it, and leaves nothing running",
    async () => {
      const other = createServer();
      await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
      const { port } = other.address() as AddressInfo;
      const blocked = clone.start({ PORT: String(port) });
      expect(await blocked.ended()).not.toBe(0);
      other.close();
      expect(blocked.output()).toContain(`Port ${port} for the API is taken: stop what uses it, or set PORT`);
      expect(clone.processes()).toEqual([]);
    },
    MINUTE,
  );
});
