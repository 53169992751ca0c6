import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const VERSION = "1.38.0";

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tidings</groupId><artifactId>time-skipping</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

// `exec`, since the test environment ends the process that it has started.
const SCRIPT = `#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;

/**
 * Temporal's test server, which passes over the time in which nothing happens: the program that starts it, or null where
 * there is no Java, or no Maven to fetch it with. It is kept in the user's cache, outside the clone.
 */
export function findTestServer(): string | null {
  const runs = (command: string) => spawnSync(command, ["-version"], { stdio: "ignore" }).status === 0;
  if (!runs("java")) return null;
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tidings");
  const home = join(cache, `temporal-test-server-${VERSION}`);
  const script = join(home, "test-server.sh");
  if (existsSync(script)) return script;
  mkdirSync(cache, { recursive: true });
  // Made beside its place and moved there whole, so that a fetch that is broken off leaves nothing half.
  const making = mkdtempSync(`${home}-`);
  try {
    writeFileSync(join(making, "pom.xml"), POM);
    const fetch = ["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime"];
    if (spawnSync("mvn", fetch, { cwd: making, stdio: "ignore", timeout: 300_000 }).status !== 0) return null;
    writeFileSync(join(making, "test-server.sh"), SCRIPT);
    chmodSync(join(making, "test-server.sh"), 0o755);
    if (!existsSync(home)) renameSync(making, home);
    return script;
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
