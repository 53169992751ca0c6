import { type Client, WorkflowUpdateRPCTimeoutOrCancelledError } from "@temporalio/client";
import { describe, expect, it } from "vitest";
import type { NotificationView } from "../database/notification-views.ts";
import type { Reschedule } from "../database/reschedules.ts";
import { createLog } from "../observability/log.ts";
import { type RescheduleDependencies, rescheduleNotification } from "./reschedule-notification.ts";

const KEY = { clientId: "shop", eventId: "order-1" };
const SEND_AT = "2026-12-24T08:00:00.000Z";
const ROW = { rowId: "row-1", workflowId: "ntf:shop:order-1" } as NotificationView;

/** A workflow that never answers, and a row that is there from the given look on. */
function admittedAtLook(look: number, answer: Reschedule): RescheduleDependencies & { moved: string[] } {
  let looks = 0;
  const moved: string[] = [];
  const handle = {
    executeUpdate: () => Promise.reject(new WorkflowUpdateRPCTimeoutOrCancelledError("no answer in time")),
    signal: () => Promise.resolve(),
  };
  const client = {
    connection: { withDeadline: (_deadline: number, call: () => Promise<unknown>) => call() },
    workflow: { getHandle: () => handle },
  } as unknown as Client;
  return {
    client,
    moved,
    log: createLog("test", "silent"),
    views: { find: () => Promise.resolve(++looks >= look ? ROW : null) } as unknown as RescheduleDependencies["views"],
    reschedules: {
      reschedule(rowId, sendAt) {
        moved.push(`${rowId} ${sendAt.toISOString()}`);
        return Promise.resolve(answer);
      },
    },
  };
}

describe("a notification that is admitted while its workflow is asked in vain", () => {
  it("is moved on its row", async () => {
    const deps = admittedAtLook(2, { result: "rescheduled", status: "scheduled" });
    await rescheduleNotification(deps, KEY, SEND_AT);
    expect(deps.moved).toEqual([`row-1 ${SEND_AT}`]);
  });

  it("says where that came too late", async () => {
    const deps = admittedAtLook(2, { result: "too_late", status: "sent" });
    await expect(rescheduleNotification(deps, KEY, SEND_AT)).rejects.toMatchObject({ code: "too_late" });
  });

  it("is to be asked again where it is not admitted even then", async () => {
    const deps = admittedAtLook(3, { result: "rescheduled", status: "scheduled" });
    await expect(rescheduleNotification(deps, KEY, SEND_AT)).rejects.toMatchObject({ code: "unavailable" });
    expect(deps.moved).toEqual([]);
  });
});
