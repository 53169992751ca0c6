import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { describeWith } from "../support/outside-tool.ts";
import { runningProcesses } from "../support/processes.ts";
import { addRule, clearRules } from "../support/sandbox-rules.ts";
import { type Notification, ok, order, seed, startSystem, type System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";
import { CHROMIUM, startChromium } from "./chromium.ts";

// What a person sees who knows neither the code nor Temporal. `SCREENSHOTS=<folder>` also keeps pictures of it, such as
// the one in docs/images.
const SCREENSHOTS = process.env.SCREENSHOTS;

const webUi = inject("webUi");
const CONTACTS = [
  { channel: "apns", address: "ab".repeat(32), app: "com.example.shop" },
  { channel: "sms", address: "+14155550123" },
];

describeWith(CHROMIUM, "pages in Chromium", (program) => {
  let system: System;
  let browser: Browser;

  beforeAll(async () => {
    // A Temporal that was given has its Web UI elsewhere, and no test of it.
    const env: Record<string, string> =
      webUi === null ? {} : { PORT: String(webUi.apiPort), TEMPORAL_UI_URL: webUi.url };
    [system, browser] = await Promise.all([startSystem({ env }), startChromium(program)]);
    await seed(system);
    for (const contact of CONTACTS) await ok(system.call("POST", "/v1/users/mina/contacts", contact));
    await ok(system.call("PUT", "/v1/categories/everything", { channels: ["push", "sms", "email"] }));
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await system.stop();
    expect(runningProcesses()).toBe(0);
  });

  const keep = async (page: Page, name: string) => {
    if (SCREENSHOTS !== undefined) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
  };

  it.skipIf(webUi === null)(
    "tells a delivery in Temporal's Web UI, and nothing that is personal",
    async () => {
      await addRule(system.sandbox, { channel: "sms" }, { status: 429 });
      type Accepted = Notification & { links: { temporal: string } };
      const { id, links } = await ok(
        system.call<Accepted>("POST", "/v1/notifications", order("order-1001-shipped", { category: "everything" })),
      );
      const page = await browser.newPage({ viewport: { width: 1280, height: 960 } });
      const see = (text: string) => waitFor(`the words: ${text}`, async () => (await textOf(page)).includes(text));
      // Each tab has an address of its own.
      const tab = (name: string) => page.goto(page.url().replace(/[a-z-]+$/, name));
      const seen: string[] = [];
      const remember = async () => void seen.push(await textOf(page));

      await page.goto(links.temporal);
      await page.waitForURL("**/history");
      await tab("pending-activities");
      await see("sms: throttled (20429)");
      await remember();
      await keep(page, "web-ui-pending");

      await clearRules(system.sandbox);
      expect(await system.finished(id, 60_000)).toMatchObject({ status: "sent" });
      await tab("user-metadata");
      await see("Template order_shipped v1 to user mina, category everything");
      await see("Event order-1001-shipped of client shop.");
      await see("decide who gets it, when and on which channels");
      await see("sms: to a provider, until it is taken or refused");
      await see("sent – apns: sent, fcm: sent, sms: sent, email: sent");
      await remember();
      await keep(page, "web-ui-metadata");

      await tab("history");
      await see("Completed");
      await see("order_shipped");
      await see("email: to a provider, until it is taken or refused");
      await remember();
      await keep(page, "web-ui-history");

      const text = seen.join("\n");
      for (const personal of [/mina@/, /token-of-mina/, /abababab/, /4155550123/, /Mina/, /on its way/])
        expect(text).not.toMatch(personal);
      expect(text).not.toMatch(/binary\/encrypted|[A-Za-z0-9+/]{80,}/);
      await page.close();
    },
    120_000,
  );

  describe.each([
    ["desktop", { width: 1280, height: 900 }],
    ["phone", { width: 390, height: 844 }],
  ] as const)("on a %s", (device, viewport) => {
    it.each(["light", "dark"] as const)(
      "show everything without scrolling sideways, in %s colours",
      async (colorScheme) => {
        const page = await browser.newPage({ viewport, colorScheme });
        const complaints: string[] = [];
        page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
        for (const [name, url] of Object.entries({
          docs: `${system.apis[0]?.url}/docs`,
          sandbox: system.sandbox.url,
        })) {
          await page.goto(url);
          await page.getByRole("heading").first().waitFor();
          await keep(page, `${name}-${device}-${colorScheme}`);
          const beyond = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
          expect(beyond, `pixels that ${name} is wider than the screen`).toBeLessThanOrEqual(0);
        }
        expect(complaints).toEqual([]);
        await page.close();
      },
    );
  });
});

/** Everything there is to read; the Web UI shows Markdown in frames. */
async function textOf(page: Page): Promise<string> {
  const texts = page.frames().map((frame) => frame.evaluate<string>("document.body?.innerText ?? ''"));
  // A frame that goes away meanwhile has nothing to say.
  const read = await Promise.allSettled(texts);
  return read.map((result) => (result.status === "fulfilled" ? result.value : "")).join("\n");
}
