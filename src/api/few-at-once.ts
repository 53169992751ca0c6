/** Rejects with `TooManyWaiting` where no place to wait is left. */
export type FewAtOnce = <T>(work: () => Promise<T>) => Promise<T>;

export class TooManyWaiting extends Error {
  constructor() {
    super("too many wait for their turn");
    this.name = "TooManyWaiting";
  }
}

/** Runs what it is given, so many at once; the others wait in their order, up to a number. */
export function fewAtOnce({ atOnce, maxWaiting }: { atOnce: number; maxWaiting: number }): FewAtOnce {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < atOnce) running++;
    else if (waiting.length >= maxWaiting) throw new TooManyWaiting();
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // A place is handed on, so nobody who comes now gets in before those who wait.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
