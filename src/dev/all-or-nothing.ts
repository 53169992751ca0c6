/**
 * Waits for all of the work; the first failure aborts `end`, which ends the rest too.
 * @throws the reason of `end`, once every part is settled
 */
export async function allOrNothing<T extends readonly unknown[]>(
  end: AbortController,
  work: { [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  const settled = await Promise.allSettled(
    work.map((part: Promise<unknown>) =>
      part.catch((error: unknown) => {
        end.abort(error);
        throw error;
      }),
    ),
  );
  end.signal.throwIfAborted();
  return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
