import { type Browser, chromium } from "playwright-core";
import { findProgram, type OutsideTool } from "../support/find-program.ts";

/** Debian's, or any other Chromium of a person's machine. */
export const CHROMIUM: OutsideTool = {
  name: "chromium",
  path: findProgram(["chromium", "chromium-browser", "google-chrome"]),
};

export function startChromium(executablePath: string): Promise<Browser> {
  // Containers give root no user namespaces, which its sandbox is made of; what it visits here is ours.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args });
}
