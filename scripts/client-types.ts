import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import { makeDocument } from "../src/api/openapi/document.ts";

/** Where the types of the client are kept. A guard test compares them with {@link clientTypes}. */
export const CLIENT_TYPES_FILE = fileURLToPath(new URL("../src/client/api-types.ts", import.meta.url));

// A field with a default may be left out of a request.
const OPTIONS = { alphabetize: true, defaultNonNullable: false };

/** The types of every path, made from the OpenAPI document. */
export async function clientTypes(): Promise<string> {
  const document = JSON.parse(JSON.stringify(makeDocument("http://127.0.0.1:3000"), withoutExamples)) as OpenAPI3;
  const types = astToString(await openapiTS(document, OPTIONS));
  return `// Made by \`npm run client-types\` from the OpenAPI document; not edited by hand.\n${types}`;
}

/** They are in the document; among types they are in the way. */
function withoutExamples(key: string, value: unknown): unknown {
  return key === "example" || key === "examples" ? undefined : value;
}

if (import.meta.main) writeFileSync(CLIENT_TYPES_FILE, await clientTypes());
