import "../src/require-node-24.ts";
import { readFileSync } from "node:fs";
import { startProcess } from "../tests/support/processes.ts";
import { startOwnServers } from "../tests/support/own-servers.ts";
import { type Notification, ok, order, seed, type System } from "../tests/support/system.ts";
import { waitFor } from "../tests/support/wait-for.ts";
import { spread } from "./spread.ts";
import { BARE_QUEUE, BARE_WORKFLOW } from "./bare-contract.ts";

// `npm run bench`: how much of what Temporal alone can do on this machine is left with everything that makes a
// notification. Both sides take turns in one run, so that the machine's moods hit both; compare ratios, not rates.

const ROUNDS = 5;
const PER_ROUND = 200;
const CONCURRENCY = 40;
/** Linux counts processor time in hundredths of a second. */
const MS_PER_TICK = 10;

type Side = { name: string; runOne: (name: string) => Promise<void>; pids: () => number[] };
type Round = { perSecond: number; cpuMs: number };

const servers = await startOwnServers("bench");
const { system } = servers;
const bareWorker = startProcess("bench/bare-worker.ts", system.env);
try {
  await seed(system);
  await waitFor("the bare worker", () => bareWorker.output().includes('{"ready":true}'));
  await compare([limit(system, bareWorker.pid), ours(system)]);
} finally {
  await bareWorker.stop();
  await servers.stop();
}

function limit({ client }: System, pid: number): Side {
  return {
    name: "limit",
    pids: () => [pid],
    runOne: async (name) => {
      const handle = await client.workflow.start(BARE_WORKFLOW, { workflowId: `bare:${name}`, taskQueue: BARE_QUEUE });
      await handle.result();
    },
  };
}

function ours(running: System): Side {
  return {
    name: "ours",
    pids: () => [...running.apis, ...running.workers].map(({ pid }) => pid),
    runOne: async (name) => {
      const request = order(name, { category: "letters" });
      const { workflowId } = await ok(running.call<Notification>("POST", "/v1/notifications", request));
      await running.client.workflow.getHandle(workflowId).result();
    },
  };
}

async function compare(sides: [Side, Side]): Promise<void> {
  const rounds = new Map<string, Round[]>(sides.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const side of sides) {
      const measured = await measure(side, round);
      // The first round warms up caches and connections.
      if (round > 0) rounds.get(side.name)?.push(measured);
      console.log(
        `${round === 0 ? "warm-up" : `round ${round}`} ${side.name}: ${measured.perSecond.toFixed(0)} per second`,
      );
    }
  }
  const [limitRounds = [], ourRounds = []] = sides.map(({ name }) => rounds.get(name));
  const ratios = ourRounds.map(({ perSecond }, index) => perSecond / (limitRounds[index]?.perSecond ?? NaN));
  for (const { name } of sides) {
    const values = rounds.get(name) ?? [];
    console.log(
      `${name}: ${spread(
        values.map(({ perSecond }) => perSecond),
        0,
      )} per second, ${spread(
        values.map(({ cpuMs }) => cpuMs),
        1,
      )} CPU-ms each`,
    );
  }
  console.log(
    `events per notification: ${await eventsOf("bare:limit-1-0")} (limit), ${await eventsOf("ntf:shop:ours-1-0")} (ours)`,
  );
  console.log(`ours / limit: ${spread(ratios, 2)} (goal 0.85)`);
}

async function measure({ name, runOne, pids }: Side, round: number): Promise<Round> {
  const cpuBefore = cpuMs(pids());
  const begun = performance.now();
  const numbers = Array.from({ length: PER_ROUND }, (_, index) => index).values();
  const client = async () => {
    for (const number of numbers) await runOne(`${name}-${round}-${number}`);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, client));
  const seconds = (performance.now() - begun) / 1_000;
  return { perSecond: PER_ROUND / seconds, cpuMs: (cpuMs(pids()) - cpuBefore) / PER_ROUND };
}

/** User and system time of the processes so far; proc_pid_stat(5), fields 14 and 15. */
function cpuMs(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  }, 0);
}

async function eventsOf(workflowId: string): Promise<number> {
  const { events } = await system.client.workflow.getHandle(workflowId).fetchHistory();
  return events?.length ?? 0;
}
