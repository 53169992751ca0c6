import { describe, expect, it } from "vitest";
import { ConfigError } from "../config.ts";
import { servedQueues } from "./queues.ts";

describe("the queues that a worker serves", () => {
  it("are all of them unless some are named", () => {
    expect(servedQueues([])).toEqual({
      notifications: true,
      outbound: true,
      send: ["send-apns", "send-fcm", "send-sms", "send-email"],
    });
  });

  it("are those that are named; push stands for both kinds of phone", () => {
    expect(servedQueues(["--queues", "push,email,fcm"])).toEqual({
      notifications: false,
      outbound: false,
      send: ["send-apns", "send-fcm", "send-email"],
    });
    expect(servedQueues(["--queues=notifications"])).toEqual({
      notifications: true,
      outbound: false,
      send: [],
    });
    expect(servedQueues(["--queues", "outbound"])).toEqual({ notifications: false, outbound: true, send: [] });
  });

  it.each([[["--queues", "emial"]], [["--queues", ""]], [["--queue", "email"]], [["email"]]])("refuses %j", (args) => {
    expect(() => servedQueues(args)).toThrow(ConfigError);
  });
});
