import "../require-node-24.ts";

// The API process: `node src/api/server.ts`.
// Loaded once the Node is known to be new enough: an older one fails to link the rest before any of it runs.
const { loadConfig, explainConfigError } = await import("../config.ts");
const { serve } = await import("./serve.ts");

await explainConfigError(async () => serve(loadConfig(process.env)));
