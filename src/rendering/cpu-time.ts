/** Milliseconds that this thread has had the processor so far; while the machine does something else, it stands still. */
export function cpuTimeMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
