/** Runs a check until it has succeeded once, and from then on takes that for granted. */
export function rememberSuccess(check: () => Promise<void>): () => Promise<void> {
  let succeeded = false;
  return async () => {
    if (succeeded) return;
    await check();
    succeeded = true;
  };
}
