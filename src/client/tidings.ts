import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./api-types.ts";

/** Every call of the API, typed by its path: `await tidings.POST("/v1/notifications", { body })`. */
export type Tidings = Client<paths>;

/** A client for callers in TypeScript. `key` is `<appKey>.<appSecret>`; an answer is `{ data }` or the problem as `{ error }`. */
export function createTidings({ url, key }: { url: string; key: string }): Tidings {
  return createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });
}
