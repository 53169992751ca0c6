import { fileURLToPath } from "node:url";
import { DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { loadConfig } from "../src/config.ts";
import { stopSignal } from "../src/process/stop-signal.ts";
import { createDataConverter } from "../src/temporal/data-converter.ts";
import { BARE_QUEUE, BARE_SEND_QUEUE, type BareActivities } from "./bare-contract.ts";

// The other side of the comparison: a process like our worker, whose activities do nothing.
const { temporal, payloadKeys } = loadConfig(process.env);
Runtime.install({ shutdownSignals: [], logger: new DefaultLogger("ERROR") });
const stop = stopSignal();
const connection = await NativeConnection.connect(temporal.connection);
const activities: BareActivities = { admit: () => Promise.resolve(), send: () => Promise.resolve("sent") };
const dataConverter = createDataConverter(payloadKeys);
const common = { connection, namespace: temporal.namespace, activities, dataConverter };
const workflowsPath = fileURLToPath(new URL("bare-workflow.ts", import.meta.url));
const workers = await Promise.all([
  Worker.create({ ...common, taskQueue: BARE_QUEUE, workflowsPath }),
  Worker.create({ ...common, taskQueue: BARE_SEND_QUEUE }),
]);
stop.addEventListener("abort", () => workers.forEach((worker) => worker.shutdown()));
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
await Promise.all(workers.map((worker) => worker.run()));
await connection.close();
