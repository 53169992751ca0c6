import { createDocument, type CreateDocumentOptions, type ZodOpenApiOperationObject } from "zod-openapi";
import { grants, SCOPES } from "../../domain/scope.ts";
import type { ErrorCode } from "../errors.ts";
import type { Answer, Body, Operation, OperationGroup } from "./operation.ts";
import { operationGroups } from "./operation-groups.ts";
import { errorsByStatus, problemResponse, problemSchema, responseName } from "./problem-responses.ts";

export type OpenApiDocument = ReturnType<typeof createDocument>;

const DESCRIPTION = `Durable notifications: one call says who should get what, and the answer is given once it cannot be lost.

Every path under \`/v1\` needs an API key, but for what apps tell of pushes, as \`Authorization: Bearer <appKey>.<appSecret>\` or as HTTP Basic with the same pair.

Bodies are JSON objects in UTF-8, at most 256 KB where nothing else is said. Unknown fields are refused in requests; in answers, ignore what you do not know, since answers grow. Times are ISO 8601 with an offset.

A key may have a limit of requests. What is left of it is in the headers \`RateLimit\` and \`RateLimit-Policy\` of every answer, and beyond it the answer is \`429\`.

Lists come in pages: give \`nextCursor\` back as \`cursor\`; it is \`null\` on the last page.

\`503\`, or no answer at all, says nothing about what happened. Send the same request again: an \`eventId\` makes that safe.`;

/** The OpenAPI 3.1 document of every route, made from the schemas that validate. `publicUrl` is where callers reach it. */
export function makeDocument(publicUrl: string): OpenApiDocument {
  const operations = operationGroups.flatMap(({ operations }) => Object.values(operations));
  return createDocument(
    {
      openapi: "3.1.1",
      info: {
        title: "Tidings",
        version: "1",
        description: DESCRIPTION,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: publicUrl }],
      tags: operationGroups.map(({ name, description }) => ({ name, description })),
      paths: pathsOf(operationGroups),
      components: {
        schemas: { Problem: problemSchema },
        responses: problemResponses(operations),
        headers: HEADERS,
        securitySchemes: SECURITY_SCHEMES,
      },
    },
    { override: plainSchema },
  );
}

const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", description: "`<appKey>.<appSecret>`" },
  basic: { type: "http", scheme: "basic", description: "`appKey` as user name, `appSecret` as password" },
} as const;

const HEADERS = {
  "X-Request-Id": {
    description: "The caller's own `X-Request-Id`, or one made here. It is in the log and in every problem.",
    required: true,
    schema: { type: "string" },
  },
  "Retry-After": {
    description: "Seconds to wait before the same request is sent again.",
    required: true,
    schema: { type: "integer", minimum: 1 },
  },
  RateLimit: {
    description: '`"key";r=<requests left>;t=<seconds until there are more>`, where the key has a limit.',
    schema: { type: "string" },
  },
  "RateLimit-Policy": {
    description: '`"key";q=<requests>;w=<seconds>`, where the key has a limit.',
    schema: { type: "string" },
  },
  "WWW-Authenticate": { description: "`Bearer`, with a realm.", required: true, schema: { type: "string" } },
} as const;

type Paths = Record<string, Record<string, ZodOpenApiOperationObject>>;

function pathsOf(groups: readonly OperationGroup[]): Paths {
  const paths: Paths = {};
  for (const { name, operations } of groups) {
    for (const [route, operation] of Object.entries(operations)) {
      const [method = "", path = ""] = route.split(" ");
      (paths[openApiPath(path)] ??= {})[method.toLowerCase()] = operationObject(operation, name);
    }
  }
  return paths;
}

/** `/v1/things/:id` as OpenAPI has it: `/v1/things/{id}`. */
function openApiPath(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}");
}

function operationObject(operation: Operation, tag: string): ZodOpenApiOperationObject {
  const { id, summary, description, scopes, path, query, headers, body } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: scopes.length === 0 ? [] : [{ bearer: [] }, { basic: [] }],
    "x-scopes": scopesThatPass(scopes),
    requestParams: withoutAbsent({ path, query, header: headers }),
    ...(body === undefined ? {} : { requestBody: requestBody(body, id) }),
    responses: { ...answers(operation), ...problems(operation) },
  };
}

function withoutAbsent<T extends object>(members: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The schema becomes a component, named after the operation unless it has a name of its own. */
function requestBody(
  { schema, example, optional = false, contentTypes = ["application/json"] }: Body,
  operationId: string,
) {
  const meta = schema.meta();
  const id = `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Body`;
  const component = meta?.id === undefined ? schema.meta({ ...meta, id }) : schema;
  const content = Object.fromEntries(contentTypes.map((type) => [type, { schema: component, example }]));
  return { required: !optional, content };
}

/** Every scope that lets pass, so that nobody has to know which one covers which. */
function scopesThatPass(anyOf: Operation["scopes"]) {
  return SCOPES.filter((scope) => anyOf.some((needed) => grants([scope], needed)));
}

function answers(operation: Operation) {
  const entries: [string, Answer][] = Object.entries(operation.answers);
  return Object.fromEntries(
    entries.map(([status, { description, body, contentType = "application/json", headers = {} }]) => [
      status,
      {
        description,
        headers: { ...componentHeaders(operation), ...headersOf(headers) },
        ...(body === undefined ? {} : { content: { [contentType]: { schema: body } } }),
      },
    ]),
  );
}

function componentHeaders({ scopes }: Operation) {
  const names = ["X-Request-Id", ...(scopes.length > 0 ? ["RateLimit", "RateLimit-Policy"] : [])];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function headersOf(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, required: true, schema: { type: "string" as const } },
    ]),
  );
}

function problems(operation: Operation) {
  return Object.fromEntries(
    [...errorsByStatus(operation)].map(([status, codes]) => [
      status,
      { $ref: `#/components/responses/${responseName(codes)}` },
    ]),
  );
}

function problemResponses(operations: readonly Operation[]) {
  const sets = operations.flatMap((operation) => [...errorsByStatus(operation).values()]);
  return Object.fromEntries(
    sets.map((codes) => [responseName(codes), problemResponse(codes as [ErrorCode, ...ErrorCode[]])]),
  );
}

/** What zod's schemas say beyond what holds for callers, or less plainly than OpenAPI could. */
const plainSchema: CreateDocumentOptions["override"] = ({ jsonSchema, zodSchema, io }) => {
  const { def } = zodSchema._zod;
  if (def.type === "date") jsonSchema.format = "date-time";
  // OpenAPI has a keyword of its own for it, which is there already.
  if (jsonSchema.format === "base64") delete jsonSchema.format;
  // The format says it; zod's pattern spells out the calendar.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  // Every name of a JSON object is a string.
  if (def.type === "record" && Object.keys(jsonSchema.propertyNames ?? {}).join() === "type")
    delete jsonSchema.propertyNames;
  // Answers may grow.
  if (io === "output" && def.type === "object" && def.catchall === undefined) delete jsonSchema.additionalProperties;
};
