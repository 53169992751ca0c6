/** Ends the launcher. The message is one sentence for the person at the terminal and says what to do. */
export class LauncherError extends Error {}
