import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { POSTGRES_15 } from "./tests/other-servers/postgres-15.ts";
import { CountReporter } from "./tests/support/count-reporter.ts";

// Every process that a test starts loads some thousand modules: compiled once, they are kept for the next one.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/tidings-tests", import.meta.url));

// `forks`, since the Temporal worker's native part does not survive the end of a worker thread. Two files at a time, since
// most of them spend their time waiting for something.
const common = { pool: "forks" as const, testTimeout: 90_000, hookTimeout: 180_000, maxWorkers: 2 };
// Files that leave nothing behind in their process share one, and what it has loaded.
const pure = { ...common, isolate: false };
const WORKFLOW_BUNDLE = "tests/support/workflow-bundle.ts";
// Real PostgreSQL and Temporal, started once for all files.
const real = { ...common, globalSetup: [WORKFLOW_BUNDLE, "tests/support/global-setup.ts"] };

// Beside their code like the others, but they talk to real sockets and processes and take their time: not in `check`.
const SOCKETS = [
  "scripts/bootstrap.test.ts",
  "src/dev/supervise.test.ts",
  "src/providers/{apns,apns-connections,contract*,fcm,smtp,smtp-failure,twilio,vonage,sendgrid,mailchimp}.test.ts",
  "src/sandbox/*.test.ts",
];

// Run a second time on the oldest PostgreSQL that will do, where it is installed.
const HOT_SQL = ["tests/integration/{ledger,decisions}.test.ts"];

export default defineConfig({
  test: {
    reporters: ["default", new CountReporter()],
    projects: [
      { test: { ...pure, name: "unit", include: ["src/**/*.test.ts", "scripts/**/*.test.ts"], exclude: SOCKETS } },
      { test: { ...common, name: "sockets", include: SOCKETS } },
      { test: { ...pure, name: "guards", include: ["tests/guards/**/*.test.ts"] } },
      { test: { ...common, name: "replay", include: ["tests/replay/**/*.test.ts"] } },
      { test: { ...real, name: "integration", include: ["tests/{integration,workflows,browser}/**/*.test.ts"] } },
      {
        test: {
          ...common,
          name: "other-servers",
          globalSetup: [WORKFLOW_BUNDLE, "tests/other-servers/global-setup.ts"],
          include: ["tests/other-servers/**/*.test.ts", ...(POSTGRES_15.path === null ? [] : HOT_SQL)],
        },
      },
      // Servers of their own, since they kill them.
      { test: { ...common, name: "faults", globalSetup: [WORKFLOW_BUNDLE], include: ["tests/faults/**/*.test.ts"] } },
      // After all others, one file at a time: it holds start-up to seconds.
      {
        test: {
          ...common,
          name: "launcher",
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          include: ["tests/launcher/**/*.test.ts"],
        },
      },
    ],
  },
});
