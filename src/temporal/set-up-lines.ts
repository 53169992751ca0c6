import type { searchAttributes } from "../workflows/contract.ts";

// What the set-up does, as lines for the Temporal CLI: for whoever may do it where these credentials may not. The CLI
// takes address and credentials from the environment of the person who runs them.

/** How the CLI spells the types. */
const CLI_TYPES = { KEYWORD: "Keyword", KEYWORD_LIST: "KeywordList" } as const;

export type SearchAttribute = (typeof searchAttributes)[keyof typeof searchAttributes];

export function namespaceLine(namespace: string, retentionDays: number): string {
  return `temporal operator namespace create --namespace ${quoted(namespace)} --retention ${retentionDays}d`;
}

/** One line for each, since the CLI takes only one type at a time. */
export function searchAttributeLines(namespace: string, attributes: readonly SearchAttribute[]): string[] {
  return attributes.map(
    ({ name, type }) =>
      `temporal operator search-attribute create --namespace ${quoted(namespace)} --name ${name} --type ${CLI_TYPES[type]}`,
  );
}

/** A Schedule that starts a workflow without arguments. Rounds do not overlap, and missed ones are not made up for, but for one. */
export function scheduleLine(
  namespace: string,
  schedule: { id: string; everyMs: number; workflow: string; taskQueue: string; followsOn?: boolean },
): string {
  const { id, everyMs, workflow, taskQueue, followsOn = false } = schedule;
  const seconds = `${everyMs / 1_000}s`;
  return [
    `temporal schedule create --namespace ${quoted(namespace)} --schedule-id ${id}`,
    `--interval ${seconds} --overlap-policy ${followsOn ? "BufferOne" : "Skip"} --catchup-window ${seconds}`,
    `--workflow-id ${id} --type ${workflow} --task-queue ${taskQueue}`,
  ].join(" ");
}

/** As a shell reads it; the namespace is the only word that others have chosen. */
function quoted(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
