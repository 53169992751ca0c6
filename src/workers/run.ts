import "../require-node-24.ts";

// The worker process: `node src/workers/run.ts [--queues notifications,email,…]`.
// Loaded once the Node is known to be new enough: an older one fails to link the rest before any of it runs.
const { loadConfig, explainConfigError } = await import("../config.ts");
const { runWorkers } = await import("./run-workers.ts");

await explainConfigError(async () => runWorkers(loadConfig(process.env), process.argv.slice(2)));
