import "./require-node-24.ts";

// `npm run migrate`: brings the database and the Temporal namespace up to what this code needs. Repeatable.
// Loaded once the Node is known to be new enough: an older one fails to link the rest before any of it runs.
const { explainConfigError, loadConfig } = await import("./config.ts");
const { migrate } = await import("./database/migrate.ts");
const { setUpTemporal } = await import("./temporal/set-up.ts");

const log = (line: string) => console.log(line);
await explainConfigError(async () => {
  const { databaseUrl, temporal } = loadConfig(process.env);
  await migrate(databaseUrl, log);
  await setUpTemporal({ connection: temporal.connection, namespace: temporal.namespace, log });
  log("database and Temporal are up to date");
});
