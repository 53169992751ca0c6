import { Router } from "express";
import { z } from "zod";
import type { Controls } from "../../database/controls.ts";
import type { ProviderState, ProviderStates } from "../../database/provider-states.ts";
import { CHANNELS, type Channel } from "../../domain/channel.ts";
import { ApiError } from "../errors.ts";
import { actorOf, requireScope } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import type { Operations } from "../openapi/operation.ts";
import { parse } from "../validation.ts";
import type { SendQueues } from "../../temporal/send-queues.ts";

export type ControlRouteDependencies = {
  controls: Controls;
  queues: SendQueues;
  providerStates: ProviderStates;
  /** Providers that this service knows, configured or not. */
  providerIds: readonly string[];
  /** Those that are configured, by channel. */
  channels: Record<string, readonly string[]>;
};

/** Of a channel or a provider; what is left out is off. */
const controlSchema = z.strictObject({
  paused: z.boolean().default(false),
  ratePerSecond: z
    .number()
    .min(0.001, "must be at least 0.001; use paused to stop")
    .max(100_000)
    .nullable()
    .default(null)
    .meta({ description: "For all workers together; null: no limit" }),
});

const stateSchema = z.object({
  paused: z.boolean(),
  ratePerSecond: z.number().nullable().meta({ description: "For all workers together; null: no limit" }),
});
const channelSchema = stateSchema
  .extend({ channel: z.enum(CHANNELS) })
  .meta({ id: "Channel", examples: [{ channel: "email", paused: false, ratePerSecond: 20 }] });
const providerExample = {
  provider: "smtp",
  channels: ["email"],
  paused: false,
  ratePerSecond: null,
  breaker: { state: "open" as const, since: "2026-11-25T08:00:00.000Z", probeAt: "2026-11-25T08:00:05.000Z" },
};
const providerSchema = stateSchema
  .extend({
    provider: z.string(),
    channels: z.array(z.string()).meta({ description: "Those it is configured for; none: it is off" }),
    breaker: z
      .object({
        state: z.enum(["closed", "open", "probing"]).meta({
          description: "Open: it takes no attempts; probing: one is finding out whether it works again",
        }),
        since: z.date().nullable().meta({ description: "Null: it was never open" }),
        probeAt: z.date().nullable().meta({ description: "Open: when it is tried again, at the earliest" }),
      })
      .meta({ description: "Whether it works, as all workers together see it" }),
  })
  .meta({ id: "Provider", examples: [providerExample] });
const queueSchema = stateSchema
  .extend({
    queue: z.string(),
    channel: z.enum(CHANNELS).nullable().meta({ description: "Null: the queue of the workflows" }),
    backlog: z.number().int().meta({ description: "Tasks that wait" }),
    backlogAgeSeconds: z.number(),
    addRate: z.number().meta({ description: "Tasks per second, of late" }),
    dispatchRate: z.number(),
    workers: z.number().int().meta({ description: "Processes that ask for work" }),
  })
  .meta({
    id: "Queue",
    examples: [
      {
        queue: "send-email",
        channel: "email",
        backlog: 0,
        backlogAgeSeconds: 0,
        addRate: 0.03,
        dispatchRate: 0.03,
        workers: 1,
        paused: false,
        ratePerSecond: null,
      },
    ],
  });

const channelPath = z.object({ channel: z.string().meta({ description: CHANNELS.join(", "), examples: ["email"] }) });
const providerPath = z.object({ provider: z.string().meta({ description: "A provider's id", examples: ["smtp"] }) });

export const controlOperations = {
  "GET /v1/channels/:channel": {
    id: "getChannel",
    summary: "Show whether a channel is paused or limited",
    scopes: ["read"],
    path: channelPath,
    answers: { 200: { description: "The channel.", body: channelSchema } },
    errors: ["not_found"],
  },
  "PUT /v1/channels/:channel": {
    id: "putChannel",
    summary: "Pause a channel, or limit its rate",
    description:
      "What is left out is off. What was accepted waits and is not lost; a call that has begun is not interrupted.",
    scopes: ["admin"],
    path: channelPath,
    body: { schema: controlSchema, example: { ratePerSecond: 20 } },
    answers: { 200: { description: "The channel.", body: channelSchema } },
    errors: ["not_found"],
  },
  "GET /v1/providers": {
    id: "listProviders",
    summary: "Show which providers are paused or limited, and which work",
    scopes: ["read"],
    answers: {
      200: {
        description: "Every provider that there is.",
        body: z.object({ items: z.array(providerSchema) }).meta({ id: "Providers" }),
      },
    },
  },
  "GET /v1/providers/:provider": {
    id: "getProvider",
    summary: "Show whether a provider is paused or limited, and whether it works",
    scopes: ["read"],
    path: providerPath,
    answers: { 200: { description: "The provider.", body: providerSchema } },
    errors: ["not_found"],
  },
  "PUT /v1/providers/:provider": {
    id: "putProvider",
    summary: "Pause a provider, or limit its rate",
    description:
      "What is left out is off. Another provider of the channel takes over from one that is paused; a rate only delays.",
    scopes: ["admin"],
    path: providerPath,
    body: { schema: controlSchema, example: { paused: true } },
    answers: { 200: { description: "The provider.", body: providerSchema } },
    errors: ["not_found"],
  },
  "GET /v1/queues": {
    id: "listQueues",
    summary: "Show what waits, and who works",
    description: "As Temporal counts it: approximately.",
    scopes: ["read"],
    answers: {
      200: { description: "Every queue.", body: z.object({ items: z.array(queueSchema) }).meta({ id: "Queues" }) },
    },
  },
} as const satisfies Operations;

/** `/v1/channels`, `/v1/providers`, `/v1/queues`: hold sending back, and see what waits. */
export function controlRoutes(deps: ControlRouteDependencies): Router {
  const { controls, queues, providerStates, providerIds, channels } = deps;
  const router = Router();
  const show = async (ids: readonly string[]) =>
    (await providerStates.of(ids)).map((state) => providerView(state, channels));

  router.get("/v1/channels/:channel", requireScope("read"), async (request, response) => {
    const channel = channelOf(request.params.channel);
    response.json({ channel, ...(await controls.channel(channel)) });
  });

  router.put("/v1/channels/:channel", requireScope("admin"), jsonBody(), async (request, response) => {
    const channel = channelOf(request.params.channel);
    const control = parse(controlSchema, request.body);
    // The row first: from now on the gate lets no attempt open, whatever Temporal still hands out.
    await controls.setChannel(channel, control, actorOf(response));
    await queues.control(channel, control);
    response.json({ channel, ...control });
  });

  router.get("/v1/providers", requireScope("read"), async (_request, response) => {
    response.json({ items: await show(providerIds) });
  });

  router.get("/v1/providers/:provider", requireScope("read"), async (request, response) => {
    const [view] = await show([providerOf(request.params.provider, providerIds)]);
    response.json(view);
  });

  router.put("/v1/providers/:provider", requireScope("admin"), jsonBody(), async (request, response) => {
    const provider = providerOf(request.params.provider, providerIds);
    const control = parse(controlSchema, request.body);
    await controls.setProvider(provider, control, actorOf(response));
    const [view] = await show([provider]);
    response.json(view);
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

function providerView(state: ProviderState, configured: ControlRouteDependencies["channels"]) {
  const { provider, paused, ratePerSecond, breaker, probing, since, probeAt } = state;
  return {
    provider,
    channels: Object.keys(configured).filter((channel) => configured[channel]?.includes(provider)),
    paused,
    ratePerSecond,
    breaker: { state: probing ? "probing" : breaker === "closed" ? "closed" : "open", since, probeAt },
  };
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
