import { expect, it } from "vitest";
import { createLog } from "../observability/log.ts";
import { patiently } from "./patiently.ts";

it("says why what is needed is away, without the message", async () => {
  const lines: string[] = [];
  const log = createLog("test", "info", { write: (line) => void lines.push(line) });
  const stop = new AbortController();
  const refused = Object.assign(new Error('password authentication failed for user "tidings"'), { code: "28P01" });
  const needed = { name: "PostgreSQL", isAway: () => true };
  const answer = await patiently(needed, { log, stop: stop.signal }, () => {
    stop.abort();
    return Promise.reject(refused);
  });
  expect(answer).toBeNull();
  expect(JSON.parse(lines.join(""))).toMatchObject({ dependency: "PostgreSQL", code: "28P01" });
  expect(lines.join("")).not.toContain("password");
});
