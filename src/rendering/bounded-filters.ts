import type { Context, FilterImplOptions, Liquid } from "liquidjs";
import { RenderingContext } from "./rendering-context.ts";

type Filter = Exclude<FilterImplOptions, (...args: never) => unknown>;

// With an argument, these indent: a line's indentation has up to ten characters for each level.
const INDENTING = new Set(["json", "jsonify", "inspect"]);

/**
 * Lets no filter begin with a value that is too large for it: they go through all of a value in one go, and most count
 * only afterwards what they made. Arguments need no such care, since they are read from variables, one by one.
 */
export function boundFilters(liquid: Liquid): void {
  for (const [name, filter] of Object.entries(liquid.filters)) {
    const { handler, raw }: Filter = typeof filter === "function" ? { handler: filter, raw: false } : filter;
    const bounded: Filter["handler"] = function (value: unknown, ...args: unknown[]) {
      if (this.context instanceof RenderingContext) this.context.bound(value);
      if (INDENTING.has(name) && args.length > 0) boundIndentation(this.context, value);
      return handler.apply(this, [value, ...args]) as unknown;
    };
    liquid.registerFilter(name, { handler: bounded, raw });
  }
}

function boundIndentation({ memoryLimit }: Context, value: unknown, depth = 1): void {
  if (typeof value !== "object" || value === null) return;
  for (const inner of Object.values(value)) {
    memoryLimit.use(10 * depth);
    boundIndentation({ memoryLimit } as Context, inner, depth + 1);
  }
}
