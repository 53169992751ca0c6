import { createServer, type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngagementTokens } from "../../src/crypto/engagement-tokens.ts";
import type { SandboxMessage } from "../../src/sandbox/message.ts";
import { SENDGRID_PUBLIC_KEY } from "../../src/sandbox/sandbox-keys.ts";
import { startApi } from "../support/processes.ts";
import { exchange } from "../support/exchange.ts";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const TARGET = "https://shop.example/orders/1001?for=mina@example.com&from=mail#track";
const HTML = `<!doctype html>
<html><body><p>{{ item_name }}: <a class="go" href="https://shop.example/orders/1001?for=mina@example.com&amp;from=mail#track">follow</a>,
<a href='mailto:help@shop.example'>ask</a>, <a data-tidings-track="off" href="https://shop.example/bare">bare</a>,
<a href="http://tidings.test/u/some-token">no more of this</a></p></body></html>`;
const others = createEngagementTokens("another secret of 32 characters!");

let system: System;

beforeAll(async () => {
  system = await startSystem({
    settings: (sandbox) => ({
      EMAIL_PROVIDERS: "sendgrid,smtp",
      SENDGRID_API_KEY: "SG.sandbox",
      SENDGRID_BASE_URL: sandbox.sendgridBaseUrl,
      SENDGRID_WEBHOOK_PUBLIC_KEY: SENDGRID_PUBLIC_KEY,
    }),
  });
  await seed(system);
  await ok(
    system.call("POST", "/v1/users/mina/contacts", {
      channel: "apns",
      address: "ab".repeat(32),
      app: "com.example.shop",
    }),
  );
  const tracked = { channels: ["email"], tracking: { opens: true, clicks: true } };
  await ok(system.call("PUT", "/v1/categories/tracked", tracked));
  await ok(system.call("PUT", "/v1/categories/opens-only", { ...tracked, tracking: { opens: true } }));
  await ok(system.call("PUT", "/v1/categories/pushes", { channels: ["push"] }));
  const email = { subject: "Shipped", text: "Follow it: https://shop.example/orders/1001", html: HTML };
  const push = { title: "Shipped", body: "{{ item_name }}" };
  await ok(system.call("PUT", "/v1/templates/with_links", { locales: { default: { email, push } } }));
});

afterAll(() => system.stop());

/** What the sandbox's clouds took of it. */
async function messagesOf(id: string): Promise<SandboxMessage[]> {
  const response = await fetch(`${system.sandbox.url}/messages?notificationId=${encodeURIComponent(id)}`);
  return ((await response.json()) as { items: SandboxMessage[] }).items;
}

const request = (category: string) => order(crypto.randomUUID(), { category, template: "with_links" });

async function sent(category = "tracked") {
  const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", request(category)));
  expect((await system.finished(id)).status).toBe("sent");
  const [message] = await messagesOf(id);
  return { id, message: message as SandboxMessage };
}

/** The pixel and the link of a mail, at this API. */
function trackedIn({ html }: SandboxMessage) {
  const here = (url = "") => url.replace("http://tidings.test", system.apis[0]?.url ?? "");
  return {
    pixel: here(/<img src="([^"]+)"/.exec(html ?? "")?.[1]),
    link: here(/class="go" href="([^"]+)"/.exec(html ?? "")?.[1]),
  };
}

const visit = (url: string, method = "GET") => fetch(url, { method, redirect: "manual" });

type Delivery = Notification["deliveries"][number] & Record<"deliveredAt" | "openedAt" | "clickedAt", string | null>;

async function deliveriesOf(id: string): Promise<Delivery[]> {
  return (await ok(system.call<{ deliveries: Delivery[] }>("GET", `/v1/notifications/${id}`))).deliveries;
}

const statusesOf = async (id: string) => (await deliveriesOf(id)).map(({ status }) => status);

/** What was told of it, in order. */
async function toldOf(id: string): Promise<unknown[]> {
  type Timeline = { items: { type: string; detail: Record<string, unknown> }[] };
  const { items } = await ok(system.call<Timeline>("GET", `/v1/notifications/${id}/timeline`));
  return items.filter(({ type }) => type === "receipt").map(({ detail }) => [detail["provider"], detail["type"]]);
}

async function statsOf(category: string) {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const path = `/v1/stats?from=${day(-1)}&to=${day(1)}&by=category`;
  const { items } = await ok(system.call<{ items: Record<string, unknown>[] }>("GET", path));
  return items.find((item) => item["category"] === category) ?? {};
}

async function tellOfProvider(message: SandboxMessage, type: string): Promise<void> {
  const response = await fetch(`${system.sandbox.url}/messages/${message.id}/receipts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type }),
  });
  expect(response.status).toBe(201);
}

async function counted(kind: string, result: string): Promise<number> {
  const { body } = await system.call<string>("GET", "/metrics");
  const line = new RegExp(`^tidings_engagements_total\\{kind="${kind}",result="${result}"\\} (\\d+)`, "m");
  return Number(line.exec(body)?.[1] ?? 0);
}

describe("a mail of a category that asks for opens and clicks", () => {
  it("has a pixel and links that lead past us, in its HTML only, and is as it was to who asks beforehand", async () => {
    const { message } = await sent();
    const { pixel, link } = trackedIn(message);
    expect(pixel).toMatch(/\/o\/[\w-]{43}$/);
    expect(link).toMatch(/\/c\/[\w-]+$/);
    const written = HTML.replace("{{ item_name }}", "Blue kettle");
    const restored = (message.html ?? "")
      .replace(/<img [^>]+>(?=<\/body>)/, "")
      .replace(/(class="go" href=")[^"]+/, `$1${TARGET.replace("&", "&amp;")}`);
    expect(restored.trim()).toBe(written);
    expect(message.text.trim()).toBe("Follow it: https://shop.example/orders/1001");

    const explained = await ok(system.call("POST", "/v1/notifications/explain", request("tracked")));
    expect(explained).toMatchObject({ channels: [{ content: { html: written } }] });
  });

  it("is opened and clicked by its reader, once each, whoever else tells of it and how often", async () => {
    const { id, message } = await sent();
    const before = await statsOf("tracked");
    const { pixel, link } = trackedIn(message);

    const image = await visit(pixel);
    expect([image.status, image.headers.get("content-type")]).toEqual([200, "image/gif"]);
    expect(image.headers.get("cache-control")).toBe("no-store");
    expect(image.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(Buffer.from(await image.arrayBuffer()).toString("latin1", 0, 6)).toBe("GIF89a");
    expect(await deliveriesOf(id)).toMatchObject([
      { status: "opened", openedAt: expect.any(String) as string, clickedAt: null },
    ]);

    const answer = await visit(link);
    expect([answer.status, answer.headers.get("location")]).toEqual([302, TARGET]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(await statusesOf(id)).toEqual(["clicked"]);

    for (const type of ["opened", "clicked"]) await tellOfProvider(message, type);
    for (const url of [pixel, link]) await visit(url);
    const [{ openedAt, clickedAt } = { openedAt: "", clickedAt: "" }] = await deliveriesOf(id);
    expect(Date.parse(openedAt ?? "")).toBeLessThanOrEqual(Date.parse(clickedAt ?? ""));
    expect(await toldOf(id)).toEqual([
      ["tidings", "opened"],
      ["tidings", "clicked"],
      ["sendgrid", "opened"],
      ["sendgrid", "clicked"],
    ]);
    const after = await statsOf("tracked");
    const more = (measure: string) => Number(after[measure]) - Number(before[measure]);
    expect([more("opened"), more("clicked")]).toEqual([1, 1]);
  });

  it("was opened by whoever clicks, and has one effect in 46 copies of each at once", async () => {
    const { id, message } = await sent();
    const { pixel, link } = trackedIn(message);
    const copies = Array.from({ length: 46 }, (_, index) => (index % 3 === 0 ? [pixel, link] : [link, pixel])).flat();
    const answers = await Promise.all(copies.map((url) => visit(url)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 302]));
    expect(await deliveriesOf(id)).toMatchObject([
      { status: "clicked", openedAt: expect.any(String) as string, clickedAt: expect.any(String) as string },
    ]);
    expect((await toldOf(id)).toSorted()).toEqual([
      ["tidings", "clicked"],
      ["tidings", "opened"],
    ]);
  });

  it("counts as opened by a click alone, also after it seemed to have bounced", async () => {
    const { id, message } = await sent();
    await tellOfProvider(message, "bounced");
    expect(await statusesOf(id)).toEqual(["bounced"]);
    await visit(trackedIn(message).link);
    expect(await deliveriesOf(id)).toMatchObject([{ status: "clicked", openedAt: expect.any(String) as string }]);
    await ok(system.call("DELETE", "/v1/suppressions", { channel: "email", address: "mina@example.com" }));
  });

  it("may be opened before its provider has answered, and is so once it has", async () => {
    await addRule(system.sandbox, { provider: "sendgrid" }, { hold: "after_accept" }, 1);
    const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", request("tracked")));
    const message = await waitFor("the mail to be taken", async () => (await messagesOf(id))[0]);
    expect((await visit(trackedIn(message).pixel)).status).toBe(200);
    expect(await statusesOf(id)).toEqual(["sending"]);
    await clearRules(system.sandbox);
    await system.finished(id);
    await waitFor("it to be opened", async () => (await statusesOf(id))[0] === "opened");
    expect(await deliveriesOf(id)).toMatchObject([{ attempts: 1, openedAt: expect.any(String) as string }]);
  });

  it("is sent again where a scanner has opened what was refused then, and is not opened", async () => {
    await addRule(system.sandbox, { provider: "sendgrid" }, { hold: "before_accept", status: 429 }, 1);
    const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", request("tracked")));
    const held = await waitFor("the call to be held", () => system.sandbox.held()[0]);
    const tokens = createEngagementTokens(system.env["TIDINGS_SECRET"] ?? "");
    const scan = () => visit(`${system.apis[0]?.url}/o/${tokens.open(held.attemptId ?? "")}`);
    await scan();
    await clearRules(system.sandbox);
    expect(await system.finished(id)).toMatchObject({ status: "sent", deliveries: [{ status: "sent", attempts: 2 }] });
    expect(await messagesOf(id)).toHaveLength(1);
    await scan();
    expect(await toldOf(id)).toEqual([["tidings", "opened"]]);
    expect(await statusesOf(id)).toEqual(["sent"]);
  });

  it("is not opened by those who only ask what is there", async () => {
    const { id, message } = await sent();
    const { pixel, link } = trackedIn(message);
    expect((await visit(pixel, "HEAD")).status).toBe(200);
    expect((await visit(link, "HEAD")).headers.get("location")).toBe(TARGET);
    expect(await statusesOf(id)).toEqual(["sent"]);
  });

  it("asks for what its category says, and nothing where it says nothing", async () => {
    const opensOnly = await sent("opens-only");
    expect(opensOnly.message.html).toContain("/o/");
    expect(opensOnly.message.html).not.toContain("/c/");
    const untracked = await sent("letters");
    expect((untracked.message.html ?? "").trim()).toBe(HTML.replace("{{ item_name }}", "Blue kettle"));
  });
});

describe("a token that was not made here", () => {
  it("leads nowhere, tells nothing and is counted", async () => {
    const { id, message } = await sent();
    const { pixel, link } = trackedIn(message);
    const api = system.apis[0]?.url ?? "";
    const attemptId = message.attemptId ?? "";
    const [token = ""] = link.split("/").slice(-1);
    const swapped = Buffer.from(token, "base64url");
    swapped.write("https://evil.example/", 32);
    const before = [await counted("click", "forged"), await counted("open", "forged")];
    const clicks = [
      others.click(attemptId, TARGET),
      swapped.toString("base64url"),
      pixel.split("/").slice(-1)[0] ?? "",
      `${token}A`,
      "hello",
      encodeURIComponent("https://evil.example/"),
      encodeURIComponent("//evil.example"),
      "javascript:alert(1)",
    ];
    for (const forged of clicks) {
      const answer = await visit(`${api}/c/${forged}`);
      expect([forged, answer.status, answer.headers.get("location")]).toEqual([forged, 404, null]);
      expect(await answer.text()).toContain("This link does not work");
    }
    const pixels = [others.open(attemptId), token, "hello"];
    for (const forged of pixels) expect((await exchange(api, "GET", `/o/${forged}`)).status).toBe(404);
    expect(await counted("click", "forged")).toBe((before[0] ?? 0) + clicks.length);
    expect(await counted("open", "forged")).toBe((before[1] ?? 0) + pixels.length);
    expect(await statusesOf(id)).toEqual(["sent"]);

    // What comes after a token is nobody's to say.
    const answer = await visit(`${link}?url=//evil.example`);
    expect(answer.headers.get("location")).toBe(TARGET);
  });
});

describe("an app that got a push", () => {
  it("tells that it has arrived and was opened, without a key, again and in any order", async () => {
    const { id } = await ok(system.call<Notification>("POST", "/v1/notifications", request("pushes")));
    await system.finished(id);
    const tell = (what: string, data: SandboxMessage["data"], notification = data?.["notificationId"]) =>
      exchange(system.apis[0]?.url ?? "", "POST", `/v1/notifications/${notification}/${what}`, {
        token: data?.["notificationToken"],
      });
    const messages = await messagesOf(id);
    const [apns, fcm] = ["apns", "fcm"].map((channel) => messages.find((message) => message.channel === channel)?.data);
    const before = await statsOf("pushes");

    expect((await tell("acknowledge", apns ?? null)).status).toBe(204);
    expect(await deliveriesOf(id)).toMatchObject([
      { channel: "apns", status: "delivered", deliveredAt: expect.any(String) as string },
      { channel: "fcm", status: "sent" },
    ]);
    for (const what of ["opened", "acknowledge", "opened"]) {
      expect((await tell(what, apns ?? null)).status).toBe(204);
      expect((await tell(what, fcm ?? null)).status).toBe(204);
    }
    expect(await statusesOf(id)).toEqual(["opened", "opened"]);
    expect(await toldOf(id)).toHaveLength(4);
    const after = await statsOf("pushes");
    expect([after["delivered"], after["opened"], before["opened"]]).toEqual([2, 2, 0]);
  });

  it("is told of nothing with a token of another push, of another secret, or none", async () => {
    const { id, message } = await sent("pushes");
    const other = await sent("pushes");
    const before = await counted("push_opened", "forged");
    const api = system.apis[0]?.url ?? "";
    const path = `/v1/notifications/${id}/opened`;
    const forged = [other.message.data?.["notificationToken"] ?? "", others.push(message.attemptId ?? "", id), "hello"];
    for (const token of forged) {
      const answer = await exchange(api, "POST", path, { token });
      expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
    }
    expect(await counted("push_opened", "forged")).toBe(before + forged.length);
    for (const body of [{}, { token: 3 }, { token: "x".repeat(201) }, { token: "x", more: 1 }]) {
      expect((await exchange(api, "POST", path, body)).status).toBe(400);
    }
    expect(await statusesOf(id)).toEqual(["sent", "sent"]);
  });
});

describe("while the database does not answer", () => {
  it("readers get what they asked for, soon, and an app is told to come again", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await waitFor("the port", () => silent.listening);
    const { port } = silent.address() as AddressInfo;
    const secret = system.env["TIDINGS_SECRET"] ?? "";
    const api = await startApi({
      DATABASE_URL: `postgres://nobody:x@127.0.0.1:${port}/nothing`,
      TEMPORAL_ADDRESS: "127.0.0.1:1",
      TIDINGS_SECRET: secret,
    });
    try {
      const tokens = createEngagementTokens(secret);
      const attemptId = crypto.randomUUID();
      const started = performance.now();
      const [image, answer] = await Promise.all([
        visit(`${api.url}/o/${tokens.open(attemptId)}`),
        visit(`${api.url}/c/${tokens.click(attemptId, TARGET)}`),
      ]);
      // It waits two seconds, and the machine may be busy.
      expect(performance.now() - started).toBeLessThan(8_000);
      expect([image.status, answer.status, answer.headers.get("location")]).toEqual([200, 302, TARGET]);
      const push = tokens.push(attemptId, "ntf_c2hvcDox");
      const told = await exchange(api.url, "POST", "/v1/notifications/ntf_c2hvcDox/opened", { token: push });
      expect(told.status).toBe(503);
      await waitFor("the loss to be logged", () => api.output().includes("could not be stored"));
      expect(api.output()).toContain(attemptId);
      // As a word: a connection that is terminated is nobody's.
      expect(api.output()).not.toMatch(/shop\.example|\bmina\b/);
    } finally {
      await api.stop();
      silent.close();
    }
  });
});
