import "./require-node-24.ts";

// `npm run bundle-workflows -- <file>`: makes the file that WORKFLOW_BUNDLE names, so that no worker has to bundle the
// workflow code as it starts. It belongs to the version that made it.
// Loaded once the Node is known to be new enough: an older one fails to link the rest before any of it runs.
const { writeFileSync } = await import("node:fs");
const { DefaultLogger } = await import("@temporalio/worker");
const { ConfigError, explainConfigError } = await import("./config.ts");
const { bundleWorkflows } = await import("./workers/workflow-code.ts");

await explainConfigError(async () => {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new ConfigError("Name the file: npm run bundle-workflows -- <file>");
  const { code } = await bundleWorkflows(new DefaultLogger("WARN"));
  writeFileSync(file, code);
  console.log(`The workflow code is in ${file}: start the workers with WORKFLOW_BUNDLE=${file}`);
});
