import "./require-node-24.ts";

// `node src/migrate.ts`: brings the database and the Temporal namespace up to what this code needs. Repeatable. What it may
// not do it prints, as lines for somebody who may.
// Loaded once the Node is known to be new enough: an older one fails to link the rest before any of it runs.
const { ConfigError, explainConfigError, loadConfig } = await import("./config.ts");
const { migrate, MigrationError } = await import("./database/migrate.ts");
const { setUpTemporal, TemporalSetUpRefused, TemporalUnusable } = await import("./temporal/set-up.ts");

const log = (line: string) => console.log(line);
await explainConfigError(async () => {
  const { databaseUrl, temporal } = loadConfig(process.env);
  // Both, whatever the first one says, so that everything that is missing is told at once.
  const refusals = [
    await refusalOf(() => migrate(databaseUrl, log)),
    await refusalOf(() => setUpTemporal({ connection: temporal.connection, namespace: temporal.namespace, log })),
  ].filter((refusal) => refusal !== null);
  if (refusals.length > 0) throw new ConfigError(refusals.join("\n"));
  log("database and Temporal are up to date");
});

async function refusalOf(step: () => Promise<void>): Promise<string | null> {
  try {
    await step();
    return null;
  } catch (error) {
    const isExplained = [MigrationError, TemporalSetUpRefused, TemporalUnusable].some((kind) => error instanceof kind);
    if (isExplained) return (error as Error).message;
    throw error;
  }
}
