import type { Guarantee } from "../../src/domain/guarantee.ts";
import { type AtBarrier, type Barrier, type KillPlan, type ProviderId, type WorkerBarriers } from "./kill-plan.ts";
import { startWorker, type TestProcess } from "./processes.ts";
import { addRule, clearRules } from "./sandbox-rules.ts";
import { type Notification, ok, order, type System } from "./system.ts";
import { waitFor } from "./wait-for.ts";

/** A send that stands at its barrier, in its attempt. */
export type Standing = {
  attemptId: string;
  provider: ProviderId;
  guarantee: Guarantee;
  barrier: Barrier;
  /** Whether the provider has taken the message, or takes it once the worker is dead. */
  taken: boolean;
};

export type Acknowledged = { id: string; guarantee: Guarantee; channels: readonly string[] };

export type BarrierKills = ReturnType<typeof createBarrierKills>;

const ALL_CHANNELS = ["apns", "fcm", "sms", "email"];

/** Those of a channel that has several, and of which the first that is not paused sends. */
const IN_ORDER: readonly ProviderId[] = ["smtp", "sendgrid", "twilio"];

/** What is posted one after the other, so that every provider of mails and texts is in use. */
const WAVES: readonly {
  paused: readonly ProviderId[];
  channels: readonly string[];
  providers: readonly ProviderId[];
}[] = [
  { paused: [], channels: ["email"], providers: ["smtp"] },
  { paused: ["smtp"], channels: ["sms", "email"], providers: ["twilio", "sendgrid"] },
  { paused: IN_ORDER, channels: ALL_CHANNELS, providers: ["apns", "fcm", "vonage", "mailchimp"] },
];

/** A call this young is not near its deadline, which is 10 seconds or more. */
const YOUNG_MS = 8_500;

/** Kills workers of `system`, which has the categories `at_least_once` and `at_most_once`, at their barriers. */
export function createBarrierKills(system: System, env: Record<string, string>) {
  const acknowledged: Acknowledged[] = [];
  const killed: (Standing & { at: number })[] = [];
  let recipients = 0;

  return {
    /** Every request that was answered with 202. */
    acknowledged,
    /** Every send that stood at a barrier when its worker was killed, and when that was. */
    killed,

    /** Lets every provider send again. */
    async unpause(): Promise<void> {
      for (const id of IN_ORDER) await ok(system.call("PUT", `/v1/providers/${id}`, { paused: false }));
    },

    /** Starts a worker, brings sends of all providers to their barriers, and kills it. Names are unique. */
    async kill(name: string, plan: KillPlan): Promise<void> {
      const barriers: WorkerBarriers = { eventIds: `${name}-`, barriers: plan.barriers };
      const worker = await startWorker(env, "tests/support/barrier-worker.ts", [JSON.stringify(barriers)]);
      system.workers.push(worker);
      let standing = await bringToBarriers(worker, plan, `${name}-1`);
      // Where a call has run into its deadline meanwhile, the machine was too slow, and everything is done again.
      for (let again = 2; !(await allAreOut(standing)); again++) {
        standing = await bringToBarriers(worker, plan, `${name}-${again}`);
      }
      const passBy = (moment: "before" | "after") =>
        plan.passersBy
          .filter(({ when }) => when === moment)
          .map(({ guarantee }, index) => post(`passing-${name}-${moment}-${index}`, guarantee, ALL_CHANNELS));
      const passing = passBy("before");
      const at = Date.now();
      await Promise.all(system.workers.splice(0).map((process) => process.kill()));
      killed.push(...standing.map((send) => ({ ...send, at })));
      await clearRules(system.sandbox);
      await Promise.all([...passing, ...passBy("after")]);
    },
  };

  async function bringToBarriers(worker: TestProcess, plan: KillPlan, name: string): Promise<Standing[]> {
    const standing: Standing[] = [];
    for (const [wave, { paused, channels, providers }] of WAVES.entries()) {
      for (const id of IN_ORDER) await ok(system.call("PUT", `/v1/providers/${id}`, { paused: paused.includes(id) }));
      const posted = await Promise.all(
        plan.notifications.map(async (guarantee, index) => {
          const id = await post(`${name}-${wave}-${index}`, guarantee, channels, (provider, to) =>
            holdInSandbox(plan, provider, to),
          );
          return { id, guarantee };
        }),
      );
      for (const { id, guarantee } of posted) {
        for (const provider of providers) {
          const attemptId = await attemptAtBarrier(worker, id, provider);
          const barrier = plan.barriers[provider];
          const taken = barrier === "bytes_sent" ? plan.takesLate[provider] : barrier !== "before_call";
          standing.push({ attemptId, provider, guarantee, barrier, taken });
        }
      }
    }
    return standing;
  }

  /** Posts to a new user with a contact on every channel. `prepare` is told each address before. */
  async function post(
    eventId: string,
    guarantee: Guarantee,
    channels: readonly string[],
    prepare: (provider: ProviderId, to: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<string> {
    const contacts = [
      { channel: "apns", address: Buffer.from(eventId).toString("hex"), app: "com.example.shop" },
      { channel: "fcm", address: `token-of-${eventId}` },
      { channel: "sms", address: `+1415${5_000_000 + recipients++}` },
      { channel: "email", address: `${eventId}@example.com` },
    ];
    await ok(system.call("PUT", `/v1/users/${eventId}`, { attributes: { first_name: "Mina" } }));
    for (const contact of contacts) {
      await ok(system.call("POST", `/v1/users/${eventId}/contacts`, contact));
    }
    const [apns, fcm, sms, email] = contacts.map(({ address }) => address);
    const to = { apns, fcm, twilio: sms, vonage: sms, smtp: email, sendgrid: email, mailchimp: email };
    for (const [provider, address = ""] of Object.entries(to)) await prepare(provider as ProviderId, address);
    const body = order(eventId, { to: { userId: eventId }, category: guarantee, channels });
    const id = await waitFor(`${eventId} to be accepted`, async () => {
      const answer = await system.call<Notification>("POST", "/v1/notifications", body);
      return answer.status === 503 ? null : (await ok(Promise.resolve(answer))).id;
    });
    acknowledged.push({ id, guarantee, channels });
    return id;
  }

  /** The two barriers beyond the worker are the sandbox's to hold. */
  async function holdInSandbox(plan: KillPlan, provider: ProviderId, to: string): Promise<void> {
    const barrier = plan.barriers[provider];
    if (barrier === "accepted") await addRule(system.sandbox, { provider, to }, { hold: "after_accept" });
    if (barrier !== "bytes_sent") return;
    const then = plan.takesLate[provider] ? {} : { drop: "before" };
    await addRule(system.sandbox, { provider, to }, { hold: "before_accept", ...then });
  }

  async function attemptAtBarrier(worker: TestProcess, notificationId: string, provider: ProviderId): Promise<string> {
    const { attemptId } = await waitFor(
      `${provider} to be at its barrier`,
      () => {
        if (worker.ended()) throw new Error(`the worker has ended; it wrote:\n${worker.output()}`);
        const reached = [...system.sandbox.held(), ...(worker.messages() as AtBarrier[])];
        return reached.findLast((at) => at.notificationId === notificationId && at.provider === provider);
      },
      { timeoutMs: 120_000 },
    );
    if (attemptId === null) throw new Error(`${provider} was called without the id of the attempt`);
    return attemptId;
  }

  /** Whether all attempts are open, and none is near the deadline of its call. */
  async function allAreOut(standing: readonly Standing[]): Promise<boolean> {
    const { rows } = await system.pool.query<{ out: number }>(
      `SELECT count(*)::int AS out FROM attempts
       WHERE id = ANY ($1) AND outcome IS NULL AND opened_at > clock_timestamp() - $2 * interval '1 millisecond'`,
      [standing.map(({ attemptId }) => attemptId), YOUNG_MS],
    );
    return rows[0]?.out === standing.length;
  }
}
