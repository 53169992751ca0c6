import "./require-node-24.ts";

// `npm run retire-payload-key -- <id>`: says that nothing encrypted with this key is needed any more, so that processes
// may start without it. docs/operations.md says when that is so.
// Loaded once the Node is known to be new enough: an older one fails to link the rest before any of it runs.
const { ConfigError, explainConfigError, loadConfig } = await import("./config.ts");
const { createPayloadKeys } = await import("./database/payload-keys.ts");
const { createSealedSecrets } = await import("./database/sealed-secrets.ts");
const { resealSecrets } = await import("./database/reseal-secrets.ts");
const { createPool } = await import("./database/pool.ts");

await explainConfigError(async () => {
  const { databaseUrl, payloadKeys } = loadConfig(process.env);
  const [id] = process.argv.slice(2);
  if (id === undefined) throw new ConfigError("Name the key: npm run retire-payload-key -- <id>");
  if (payloadKeys[0].id === id)
    throw new ConfigError(`The key ${id} is the one that encrypts: put another one in front of it first.`);
  const pool = createPool(databaseUrl, { max: 1, applicationName: "tidings-retire-payload-key" });
  // What is kept for good is encrypted anew; what travels through Temporal must have ended.
  await resealSecrets(pool, createSealedSecrets(payloadKeys), id);
  const known = await createPayloadKeys(pool).retire(id);
  await pool.end();
  if (!known) throw new ConfigError(`The database knows no payload key ${id}, or a process still encrypts with it.`);
  console.log(`The payload key ${id} is retired: it may be taken out of TIDINGS_PAYLOAD_KEYS.`);
});
