import type { ChannelWord } from "../domain/channel.ts";
import type { NotificationInput } from "../workflows/contract.ts";

/** A run of a notification's workflow that ended without a word: terminated, timed out, failed or cancelled. */
export type BrokenRun = { workflowId: string; runId: string };

/**
 * How the latest run of a workflow stands. `running`: it goes on, or will once somebody unpauses it. `gone`: Temporal
 * knows none (any more), or it ended without a word.
 */
export type Standing = { now: "running" | "gone" } | { now: "completed"; firstRunId: string };

/** What activities ask of Temporal about the workflows of notifications. */
export type NotificationWorkflows = {
  standingOf(workflowId: string): Promise<Standing>;
  /** Makes it look at its row again; nothing where it has ended. */
  wake(workflowId: string): Promise<void>;
  /** Those that broke after this. */
  broken(since: Date): AsyncIterable<BrokenRun>;
  /**
   * What it was started with. Null where it cannot be read (any more): its key is retired, or somebody started it by hand
   * with something else.
   */
  inputOf(run: BrokenRun): Promise<NotificationInput | null>;
  /** Repeatable. False: the workflow exists already, which is the one that was meant. */
  takeUp(input: NotificationInput, channels: readonly ChannelWord[]): Promise<boolean>;
  /** Repeatable: one that runs goes on. */
  startReplay(replayId: string): Promise<void>;
};
