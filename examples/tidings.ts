import { createTidings } from "../src/client/tidings.ts";

const { TIDINGS_URL, TIDINGS_KEY } = process.env;
if (TIDINGS_URL === undefined || TIDINGS_KEY === undefined)
  throw new Error("Run it while `npm start` runs: npx node --env-file=.tidings/dev.env examples/<name>.ts");

export const tidings = createTidings({ url: TIDINGS_URL, key: TIDINGS_KEY });

/** What was answered; a problem ends the example, with its own words. */
export async function ok<T>(answer: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await answer;
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}
