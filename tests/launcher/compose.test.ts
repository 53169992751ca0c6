import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config.ts";
import { readStack } from "../../src/dev/stack.ts";
import { SHUTDOWN_FORCE_MS } from "../../src/workers/shutdown-times.ts";
import { describeWith } from "../support/outside-tool.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FILE = join(ROOT, "temporal-dev.yml");
const ENGINES = [["docker", "compose"], ["docker-compose"]] as const;

const compose = ENGINES.find(([command, ...rest]) => spawnSync(command, [...rest, "version"]).status === 0) ?? null;

type Service = {
  build?: { target: string };
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, unknown>;
  stop_grace_period?: string;
};

/** The file as Compose understands it, with anchors and merges resolved. */
function readByCompose(): Record<string, Service> {
  const [command, ...rest] = compose as readonly [string, ...string[]];
  const output = execFileSync(command, [...rest, "-f", FILE, "config"], { encoding: "utf8" });
  return (parse(output) as { services: Record<string, Service> }).services;
}

describeWith({ name: "docker-compose", path: compose?.join(" ") ?? null }, "temporal-dev.yml to Compose", () => {
  it("means what it means to npm start", () => {
    const services = readByCompose();
    const stack = readStack(FILE);
    expect(Object.keys(services).sort()).toEqual(["api", "migrate", "postgres", "sandbox", "temporal", "worker"]);
    expect(services.api?.command).toEqual(["node", ...stack.api.arguments]);
    expect(services.worker?.command).toEqual(["node", ...stack.worker.arguments]);
    expect(services.sandbox?.command).toEqual(["node", ...stack.sandbox.arguments]);
    expect(services.temporal?.command).toEqual(["server", "start-dev", ...stack.temporal.arguments.slice(2)]);
    expect(services.worker?.environment).toEqual(services.api?.environment);
    expect(Object.keys(services.api?.depends_on ?? {}).sort()).toEqual(["migrate", "sandbox"]);
  });
});

const file = parse(readFileSync(FILE, "utf8"), { merge: true }) as { services: Record<string, Service> };
const { services } = file;

describe("temporal-dev.yml", () => {
  const stack = readStack(FILE);

  it("gives the services a configuration that they accept, and addresses that fit the other services", () => {
    const config = loadConfig({
      ...file.services.worker?.environment,
      TIDINGS_SECRET: "s".repeat(32),
      TIDINGS_PAYLOAD_KEYS: `test:${Buffer.alloc(32).toString("base64")}`,
    });
    const { user, database } = stack.postgres;
    const password = file.services.postgres?.environment?.POSTGRES_PASSWORD;
    expect(config.databaseUrl).toBe(`postgres://${user}:${password}@postgres:5432/${database}`);
    expect(config.temporal.connection.address).toBe(`temporal:${stack.temporal.port}`);
    expect(config.temporal.uiUrl).toBe(`http://127.0.0.1:${stack.temporal.uiPort}`);
    expect(config.http).toMatchObject({ host: "0.0.0.0", port: stack.api.port });
    expect(config.providers.smtp?.url).toBe(`smtp://sandbox:${stack.sandbox.smtpPort}`);
    expect(config.providers.fcm?.baseUrl).toBe(`https://sandbox:${stack.sandbox.fcmPort}`);
    expect(config.providers.apns?.baseUrl).toBe(`https://sandbox:${stack.sandbox.apnsPort}`);
    expect(config.providers.twilio?.baseUrl).toBe(`http://sandbox:${stack.sandbox.twilioPort}`);
    expect(config.providers.sendgrid?.baseUrl).toBe(`http://sandbox:${stack.sandbox.sendgridPort}`);
    expect(config.providers.vonage?.baseUrl).toBe(`http://sandbox:${stack.sandbox.vonagePort}`);
    expect(config.providers.mailchimp?.baseUrl).toBe(`http://sandbox:${stack.sandbox.mailchimpPort}`);
  });

  it("lets a worker finish the calls that it has begun", () => {
    const seconds = Number(/^(\d+)s$/.exec(services.worker?.stop_grace_period ?? "")?.[1]);
    expect(seconds * 1_000).toBeGreaterThan(SHUTDOWN_FORCE_MS);
  });

  it.each(["migrate", "api", "worker", "sandbox"])("runs a file that exists as %s", (service) => {
    expect(existsSync(join(ROOT, file.services[service]?.command?.[1] ?? "?"))).toBe(true);
  });
});

describe("deploy/Dockerfile", () => {
  const dockerfile = readFileSync(join(ROOT, "deploy/Dockerfile"), "utf8");
  const copied = dockerfile
    .split("\n")
    .filter((line) => line.startsWith("COPY "))
    .flatMap((line) => line.split(" ").slice(1, -1));

  it("copies only what exists and what its ignore file lets through", () => {
    const admitted = readFileSync(join(ROOT, "deploy/Dockerfile.dockerignore"), "utf8").split("\n");
    expect(copied.length).toBeGreaterThan(4);
    for (const path of copied) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(admitted).toContain(`!${path}`);
    }
  });

  it("takes the Node that the project pins", () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      optionalDependencies: { node: string };
    };
    expect(dockerfile).toContain(`FROM node:${optionalDependencies.node}-slim`);
  });

  it("makes the image for production where no target is named, and those that Compose names", () => {
    const stages = dockerfile.split(/^FROM \S+ AS /m).slice(1);
    const names = stages.map((stage) => stage.split("\n")[0]);
    expect(names.at(-1)).toBe("production");
    expect(stages.at(-1)).toMatch(/^ENV .*\bTIDINGS_ENV=production\b/m);
    for (const [name, { build }] of Object.entries(services)) {
      if (build !== undefined) expect(names, name).toContain(build.target);
    }
  });
});
