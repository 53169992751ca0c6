import { nodeRefusal } from "./node-version.ts";

// The first import of every entry point, so that nothing of the program runs on a Node that is too old. Modules are
// evaluated in the order of their imports; exiting here is the one place where that is meant.
const refusal = nodeRefusal(process.versions.node);
if (refusal !== null) {
  console.error(refusal);
  process.exit(1);
}
