import { Connection } from "@temporalio/client";
import type { Stack } from "./stack.ts";
import { withFlags } from "./stack.ts";
import type { ProcessSpec } from "./spawned-process.ts";
import { waitUntil } from "./wait-until.ts";

/** How to run Temporal's dev server as temporal-dev.yml describes it, on loopback and with its state in a file. */
export function temporalServerSpec(options: {
  cli: string;
  stack: Stack["temporal"];
  port: number;
  uiPort: number;
  /** Where the API will be: it decrypts for the Web UI. */
  codecEndpoint: string;
  databaseFile: string;
  workingDirectory: string;
  logFile: string;
  environment: NodeJS.ProcessEnv;
}): ProcessSpec {
  return {
    name: "Temporal",
    command: options.cli,
    arguments: withFlags(options.stack.arguments, {
      ip: "127.0.0.1",
      port: String(options.port),
      "ui-port": String(options.uiPort),
      "ui-codec-endpoint": options.codecEndpoint,
      "db-filename": options.databaseFile,
    }),
    environment: options.environment,
    workingDirectory: options.workingDirectory,
    marker: options.databaseFile,
    user: null,
    ipc: false,
    logFile: options.logFile,
    stopSignal: "SIGTERM",
    stopWithinMs: 15_000,
    killSignal: "SIGKILL",
    // A panic of Go, which has been seen once in many starts on the same file.
    crashesAtStart: { exitCode: 2, times: 2 },
    untilReady: ({ signal }) => serves(`127.0.0.1:${options.port}`, options.stack.namespace, signal),
    // It reports each call that its own shutdown or a restart of a worker interrupted; the log file has them.
    alarm: () => null,
  };
}

/** Waits until Temporal answers for the namespace; the port is open a good second before. */
async function serves(address: string, namespace: string, signal: AbortSignal): Promise<void> {
  const connection = Connection.lazy({ address });
  try {
    await waitUntil(
      async () => {
        try {
          await connection.withDeadline(Date.now() + 1_000, () =>
            connection.workflowService.describeNamespace({ namespace }),
          );
          return true;
        } catch {
          // Every failure means "not yet" here; one that stays ends with the process or with Ctrl-C.
          return false;
        }
      },
      { everyMs: 100, signal },
    );
  } finally {
    await connection.close();
  }
}
