import type { AddressHash } from "../database/address-hash.ts";
import type { Admissions } from "../database/admissions.ts";
import type { Cancellations } from "../database/cancellations.ts";
import type { DecisionFactsStore } from "../database/decision-facts.ts";
import type { DeliveryAttempts } from "../database/delivery-attempts.ts";
import type { Reschedules } from "../database/reschedules.ts";
import type { SendJobs } from "../database/send-jobs.ts";
import { createAdmit } from "./admit.ts";
import { createCancel } from "./cancel.ts";
import { createReschedule } from "./reschedule.ts";
import { createSettle } from "./settle.ts";

export type NotificationActivitiesDependencies = {
  admissions: Admissions;
  facts: DecisionFactsStore;
  addressHash: AddressHash;
  reschedules: Reschedules;
  cancellations: Cancellations;
  jobs: SendJobs;
  attempts: DeliveryAttempts;
};

/** The local activities of the `notification` workflow: short reads and writes of the database. */
export function createNotificationActivities(deps: NotificationActivitiesDependencies) {
  return { ...createAdmit(deps), ...createCancel(deps), ...createReschedule(deps), ...createSettle(deps) };
}

export type NotificationActivities = ReturnType<typeof createNotificationActivities>;
