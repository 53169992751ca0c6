import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  bundleWorkflowCode,
  type Logger as SdkLogger,
  type WorkflowBundle,
  type WorkflowBundleOption,
} from "@temporalio/worker";
import { ConfigError } from "../config.ts";
import { FAILURE_CONVERTER_PATH } from "../temporal/data-converter.ts";

/** The workflow code in one file, as the SDK's sandbox loads it. Takes seconds. */
export function bundleWorkflows(logger: SdkLogger): Promise<WorkflowBundle> {
  const workflowsPath = fileURLToPath(new URL("../workflows/index.ts", import.meta.url));
  return bundleWorkflowCode({ workflowsPath, logger, failureConverterPath: FAILURE_CONVERTER_PATH });
}

/**
 * What the worker runs: the file that `npm run bundle-workflows` has made, or where none is named, a bundle made now.
 * @throws {ConfigError} when there is no such file
 */
export async function workflowCode(bundlePath: string | null, logger: SdkLogger): Promise<WorkflowBundleOption> {
  if (bundlePath === null) return bundleWorkflows(logger);
  if (!existsSync(bundlePath)) {
    throw new ConfigError(
      `WORKFLOW_BUNDLE: there is no ${bundlePath}. Make it with: npm run bundle-workflows -- ${bundlePath}`,
    );
  }
  return { codePath: bundlePath };
}
