import "../src/require-node-24.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { createAlerts } from "../src/database/alerts.ts";
import { createErasures } from "../src/database/erasures.ts";
import { migrate } from "../src/database/migrate.ts";
import { createOutboundMessages } from "../src/database/outbound-messages.ts";
import { createOutdatedClaims } from "../src/database/outdated-claims.ts";
import { createReceipts } from "../src/database/receipts.ts";
import { createRepairs } from "../src/database/repairs.ts";
import { createReplays } from "../src/database/replays.ts";
import { createRetention } from "../src/database/retention.ts";
import { createStats } from "../src/database/stats.ts";
import { startPostgres } from "../tests/support/services.ts";
import { grow } from "./grow.ts";
import { ATTEMPTS_OF_TWO_HOURS, WAITING } from "./growth-sql.ts";
import { spread } from "./spread.ts";

// `node bench/rounds.ts`: what each question of the rounds that run every minute or so costs on a database that has seen
// much, where nothing is due.

const TIMES = 11;

const directory = mkdtempSync(join(tmpdir(), "tidings-rounds-"));
const postgres = await startPostgres(directory);
const pool = new pg.Pool({ connectionString: postgres.url, max: 1 });
try {
  await migrate(postgres.url, () => undefined);
  await grow(pool, { "waiting notifications": WAITING, "attempts of two hours": ATTEMPTS_OF_TWO_HOURS });
  const [alerts, outbound, retention] = [createAlerts(pool), createOutboundMessages(pool), createRetention(pool)];
  const questions: Record<string, () => Promise<unknown>> = {
    "overdue notifications": () => createRepairs(pool).overdue(null, 100),
    "unsettled receipts": () => createReceipts(pool).unsettled(100),
    "dead letters of an hour": () => alerts.raiseForDeadLetters(10),
    "missing receipts": () => alerts.raiseForMissingReceipts(["sendgrid", "twilio"]),
    "unfinished replays": () => createReplays(pool).unfinished(100),
    "outdated claims": () => createOutdatedClaims(pool).forget(1_000),
    "erasures to clear": () => createErasures(pool).clearPage(null),
    "counts to fold": () => createStats(pool).fold(1_000),
    "outbound messages": () => outbound.claim(200, new Map()),
    "old contents": () => retention.forgetContents(30, null, 1_000),
    "old events": () => retention.forgetEvents(30, 1_000),
  };
  for (const [name, ask] of Object.entries(questions)) {
    const times: number[] = [];
    for (let time = 0; time < TIMES; time++) {
      const begun = performance.now();
      await ask();
      times.push(performance.now() - begun);
    }
    console.log(`${name}: ${spread(times, 1)} ms`);
  }
} finally {
  await pool.end();
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
}
