import { Router } from "express";
import { z } from "zod";
import type { Controls } from "../../database/controls.ts";
import { CHANNELS, type Channel } from "../../domain/channel.ts";
import { ApiError } from "../errors.ts";
import { requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { parse } from "../validation.ts";
import type { SendQueues } from "../../temporal/send-queues.ts";

export type ControlRouteDependencies = {
  controls: Controls;
  queues: SendQueues;
  /** Providers that this service knows, configured or not. */
  providerIds: readonly string[];
};

/** Of a channel or a provider; what is left out is off. */
const controlSchema = z.strictObject({
  paused: z.boolean().default(false),
  ratePerSecond: z.number().positive("must be above 0; use paused to stop").max(100_000).nullable().default(null),
});

/** `/v1/channels`, `/v1/providers`, `/v1/queues`: hold sending back, and see what waits. */
export function controlRoutes({ controls, queues, providerIds }: ControlRouteDependencies): Router {
  const router = Router();

  router.get("/v1/channels/:channel", requireScope("read"), async (request, response) => {
    const channel = channelOf(request.params.channel);
    response.json({ channel, ...(await controls.channel(channel)) });
  });

  router.put("/v1/channels/:channel", requireScope("admin"), jsonBody(), async (request, response) => {
    const channel = channelOf(request.params.channel);
    const control = parse(controlSchema, request.body);
    // The row first: from now on the gate lets no attempt open, whatever Temporal still hands out.
    await controls.setChannel(channel, control);
    await queues.control(channel, control);
    response.json({ channel, ...control });
  });

  router.get("/v1/providers/:provider", requireScope("read"), async (request, response) => {
    const provider = providerOf(request.params.provider, providerIds);
    response.json({ provider, ...(await controls.provider(provider)) });
  });

  router.put("/v1/providers/:provider", requireScope("admin"), jsonBody(), async (request, response) => {
    const provider = providerOf(request.params.provider, providerIds);
    const control = parse(controlSchema, request.body);
    await controls.setProvider(provider, control);
    response.json({ provider, ...control });
  });

  router.get("/v1/queues", requireScope("read"), async (_request, response) => {
    const stats = await queues.stats();
    const items = await Promise.all(
      stats.map(async (queue) => ({
        ...queue,
        ...(queue.channel === null ? { paused: false, ratePerSecond: null } : await controls.channel(queue.channel)),
      })),
    );
    response.json({ items });
  });

  return router;
}

function channelOf(name: unknown): Channel {
  const channel = CHANNELS.find((known) => known === name);
  if (channel === undefined) throw new ApiError("not_found", { detail: `The channels are ${CHANNELS.join(", ")}.` });
  return channel;
}

function providerOf(name: unknown, known: readonly string[]): string {
  const provider = known.find((id) => id === name);
  if (provider === undefined) throw new ApiError("not_found", { detail: `The providers are ${known.join(", ")}.` });
  return provider;
}
