import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findProgram } from "../support/find-program.ts";
import { describeWith } from "../support/outside-tool.ts";
import { ok, seed, startSystem, type System } from "../support/system.ts";

// A tool that others wrote reads /openapi.json, makes up requests from it, right ones and wrong ones, and follows ids
// from one answer into the next request. Whatever it finds, it prints as a curl command.

const run = promisify(execFile);
const SECONDS = 45;

const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
  "missing_required_header",
  "ignored_auth",
  "use_after_free",
  // Not: positive_data_acceptance. Some rules no schema can say: a time must lie ahead, a phone number must be possible.
  // Not: unsupported_method. A method that a path does not take is a 404 here.
];

/** What it prints, whatever it finds. It leaves notes of its own where it runs. */
async function reportOf(schemathesis: string, args: string[]): Promise<{ found: boolean; report: string }> {
  const cwd = await mkdtemp(join(tmpdir(), "tidings-schemathesis-"));
  try {
    const { stdout } = await run(schemathesis, args, { cwd, maxBuffer: 64 * 1024 * 1024 });
    return { found: false, report: stdout };
  } catch (error) {
    return { found: true, report: (error as { stdout?: string }).stdout ?? String(error) };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

describeWith({ name: "schemathesis", path: findProgram(["schemathesis"]) }, "schemathesis", (schemathesis) => {
  let system: System;

  beforeAll(async () => {
    system = await startSystem();
    await seed(system);
  }, 120_000);
  afterAll(() => system.stop());

  it(
    `finds nothing in ${SECONDS} seconds that the document does not say`,
    async () => {
      const body = { name: "schemathesis", client: "schemathesis", scopes: ["admin"] };
      const key = await ok(system.call<{ appKey: string; appSecret: string }>("POST", "/v1/keys", body));
      const options = [
        ...["--header", `Authorization: Bearer ${key.appKey}.${key.appSecret}`],
        ...["--checks", CHECKS.join(",")],
        // It would find its own key in the list, revoke it, and be refused from then on.
        ...["--exclude-operation-id", "revokeKey"],
        // A busy machine makes it answer 503, which is what it is there for.
        ...["--exclude-operation-id", "getReadiness"],
        ...["--max-time", String(SECONDS), "--request-timeout", "10"],
        ...["--seed", process.env.SEED ?? "1", "--generation-database", "none", "--no-color"],
      ];
      const { found, report } = await reportOf(schemathesis, [
        "run",
        `${system.apis[0]?.url}/openapi.json`,
        ...options,
      ]);
      expect(found, report).toBe(false);
      expect(report).toMatch(/\d{2,} generated, \d{2,} passed/);
    },
    (SECONDS + 60) * 1_000,
  );
});
