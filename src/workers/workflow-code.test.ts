import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DefaultLogger } from "@temporalio/worker";
import { expect, it } from "vitest";
import { ConfigError } from "../config.ts";
import { workflowCode } from "./workflow-code.ts";

const quiet = new DefaultLogger("ERROR");

it("a bundle that is there is read as it is, and one that is missing is a sentence that says how to make it", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tidings-bundle-"));
  const file = join(directory, "workflow-bundle.js");
  const missing = workflowCode(file, quiet);
  await expect(missing).rejects.toThrow(ConfigError);
  await expect(missing).rejects.toThrow(`npm run bundle-workflows -- ${file}`);
  writeFileSync(file, "");
  expect(await workflowCode(file, quiet)).toEqual({ codePath: file });
  rmSync(directory, { recursive: true });
});
