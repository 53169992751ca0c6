import { createHmac } from "node:crypto";
import { canonicalJson } from "../domain/canonical-json.ts";

/**
 * A keyed hash of a request's body, in hex: equal for bodies that mean the same, whatever the order of their keys. It
 * travels and is kept in clear, so it is keyed: nobody can try out bodies against it.
 */
export function createBodyHash(secret: string): (body: unknown) => string {
  return (body) => createHmac("sha256", secret).update("body:").update(canonicalJson(body)).digest("hex");
}
