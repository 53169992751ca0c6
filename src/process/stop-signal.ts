/**
 * Aborted when this process is asked to stop: by SIGTERM, by SIGINT, or by the end of the parent that started it with
 * an IPC channel. A second signal finds no listener any more, and ends the process at once.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (process.connected) process.once("disconnect", stop);
  // Listening to the channel must not keep a process alive that has nothing left to do.
  process.channel?.unref();
  return controller.signal;
}
