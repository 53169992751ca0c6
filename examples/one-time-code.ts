import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { ok, tidings } from "./tidings.ts";

// Once, when the service is set up: a code is worthless after five minutes, must not come twice, and waits for nobody's
// quiet hours.
await ok(
  tidings.PUT("/v1/categories/{id}", {
    params: { path: { id: "one_time_codes" } },
    body: {
      channels: ["sms"],
      mandatory: true,
      guarantee: "at_most_once",
      priority: "high",
      expiresAfter: "5m",
      quietHours: "ignore",
    },
  }),
);
await ok(
  tidings.PUT("/v1/templates/{id}", {
    params: { path: { id: "one_time_code" } },
    body: { locales: { default: { sms: { text: "Your code is {{ code }}." } } } },
  }),
);

// At each login.
const code = String(randomInt(1_000_000)).padStart(6, "0");
const { id } = await ok(
  tidings.POST("/v1/notifications", {
    body: {
      eventId: `login-${randomUUID()}`,
      to: { phone: "+14155550123" },
      category: "one_time_codes",
      template: "one_time_code",
      data: { code },
      expiresAt: new Date(Date.now() + 5 * 60_000).toISOString(),
    },
  }),
);

// `unknown` would mean that nobody knows whether it was taken: ask the user before sending another one.
for (;;) {
  const { status } = await ok(tidings.GET("/v1/notifications/{id}", { params: { path: { id } } }));
  console.log(`${id} is ${status}`);
  if (status !== "accepted" && status !== "sending") break;
  await delay(200);
}
