import { ok, tidings } from "./tidings.ts";

// The event ID comes from the order, not from chance: after a crash, a time-out or a 503 the same request is sent
// again, and the user still gets one notification.

const orderId = "2001";

const { id, status } = await ok(
  tidings.POST("/v1/notifications", {
    body: {
      eventId: `order-${orderId}-shipped`,
      to: { userId: "u1" },
      category: "orders",
      template: "order_shipped",
      data: { item_name: "Blue kettle" },
    },
  }),
);
console.log(`${id} is ${status}`);
