import { ok, tidings } from "./tidings.ts";

const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString();

const { id } = await ok(
  tidings.POST("/v1/notifications", {
    body: {
      eventId: `order-2001-reminder-${Date.now()}`,
      to: { userId: "u1" },
      category: "orders",
      template: "order_shipped",
      data: { item_name: "Blue kettle" },
      sendAt: tomorrow,
    },
  }),
);

// `cancelled`: nothing was sent and nothing will be. `too_late`: a call had begun, and the rest is stopped.
const { result } = await ok(tidings.POST("/v1/notifications/{id}/cancel", { params: { path: { id } } }));
console.log(`${id}: ${result}`);
