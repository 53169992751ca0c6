import addFormats from "ajv-formats";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { makeDocument } from "../../src/api/openapi/document.ts";

type Json = Record<string, unknown>;
type Media = { schema: Json; example?: unknown };
type Content = Record<string, Media>;
type Header = { $ref?: string; required?: boolean; schema?: Json };
type Response = { $ref?: string; headers?: Record<string, Header>; content?: Content };
type Operation = { requestBody?: { content: Content }; responses: Record<string, Response> };

/** A request and what was answered to it; bodies are undefined where there were none. */
export type Exchange = {
  method: string;
  path: string;
  sent: unknown;
  status: number;
  headers: Headers;
  received: unknown;
};

const ANY_URL = "http://127.0.0.1:3000";

/** Problems may say more, a part of an `allOf` is not the whole, and examples are no schemas. */
const LEFT_OPEN = new Set(["Problem", "allOf", "example", "examples"]);

/** The OpenAPI document, to hold what the API takes and answers against. */
export const apiDocument = readDocument(JSON.parse(JSON.stringify(makeDocument(ANY_URL))) as Json);

function readDocument(document: Json) {
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  ajv.addSchema({ $id: "api", ...closed(document) });
  const compiled = new Map<string, ValidateFunction>();
  const paths = document.paths as Record<string, Record<string, Operation>>;
  const patterns = Object.keys(paths)
    // `/v1/notifications/explain` before `/v1/notifications/{id}`.
    .toSorted((a, b) => a.split("{").length - b.split("{").length)
    .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`) }));

  /** What is wrong with a value by the schema at this place of the document. */
  function mistakes(pointer: readonly string[], value: unknown): string[] {
    const ref = `api#/${pointer.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`;
    const validate = compiled.get(ref) ?? ajv.compile({ $ref: encodeURI(ref) });
    compiled.set(ref, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  function resolve<T extends { $ref?: string }>(place: string[], value: T): { at: string[]; value: T } {
    if (value.$ref === undefined) return { at: place, value };
    const at = value.$ref.slice(2).split("/");
    return { at, value: at.reduce<unknown>((inside, key) => (inside as Json)[key], document) as T };
  }

  function operationOf(route: string): { place: string[]; operation: Operation } {
    const [method = "", path = ""] = route.split(" ");
    const place = ["paths", path.replace(/:(\w+)/g, "{$1}"), method.toLowerCase()];
    return { place, operation: place.reduce<unknown>((inside, key) => (inside as Json)[key], document) as Operation };
  }

  function headerMistakes(at: string[], headers: Record<string, Header>, given: Headers): string[] {
    return Object.entries(headers).flatMap(([name, header]) => {
      const { at: place, value } = resolve([...at, "headers", name], header);
      const text = given.get(name);
      if (text === null) return value.required === true ? [`header ${name} is missing`] : [];
      const typed = value.schema?.type === "integer" ? Number(text) : text;
      return mistakes([...place, "schema"], typed).map((mistake) => `header ${name}${mistake}`);
    });
  }

  return {
    /** Every way in which an answer, or a request that was accepted, is not as documented; none for unknown paths. */
    mistakesIn({ method, path, sent, status, headers, received }: Exchange): string[] {
      const [pathname = ""] = path.split("?");
      const found = patterns.find(
        ({ path: known, pattern }) => pattern.test(pathname) && method.toLowerCase() in (paths[known] ?? {}),
      );
      if (found === undefined) return [];
      const operation = paths[found.path]?.[method.toLowerCase()] as Operation;
      const place = ["paths", found.path, method.toLowerCase()];
      const response = operation.responses[String(status)];
      // It is documented, and a mistake of ours all the same.
      if (status === 500 || response === undefined) return [`${status} is no answer to this`];
      const { at, value } = resolve([...place, "responses", String(status)], response);
      const [type] = (headers.get("content-type") ?? "").split(";");
      const content = value.content ?? {};
      const body =
        Object.keys(content).length === 0
          ? received === undefined
            ? []
            : ["a body is not documented"]
          : type === undefined || content[type] === undefined
            ? [`the content type ${type} is not documented`]
            : mistakes([...at, "content", type, "schema"], received);
      const asked =
        status < 300 && sent !== undefined && operation.requestBody !== undefined
          ? mistakes([...place, "requestBody", "content", "application/json", "schema"], sent)
          : [];
      return [
        ...headerMistakes(at, value.headers ?? {}, headers),
        ...body,
        ...asked.map((mistake) => `took a request that is not documented: ${mistake}`),
      ];
    },

    /** Whether an answer of this route, given as `PUT /v1/things/:id`, may have this body. */
    isAnswer(route: string, body: unknown): boolean {
      const { place, operation } = operationOf(route);
      return Object.entries(operation.responses).some(([status, response]) => {
        const { at, value } = resolve([...place, "responses", status], response);
        const types = Object.keys(value.content ?? {});
        return types.some((type) => mistakes([...at, "content", type, "schema"], body).length === 0);
      });
    },

    /** What is wrong with the examples of an operation, given as `PUT /v1/things/:id`. */
    exampleMistakes(route: string): string[] {
      const { place, operation } = operationOf(route);
      const contents: [string[], Content][] = [
        [[...place, "requestBody", "content"], operation.requestBody?.content ?? {}],
        ...Object.entries(operation.responses).map(([status, response]): [string[], Content] => {
          const { at, value } = resolve([...place, "responses", status], response);
          return [[...at, "content"], value.content ?? {}];
        }),
      ];
      return contents.flatMap(([at, content]) =>
        Object.entries(content).flatMap(([type, media]) => {
          const { value: schema } = resolve([], media.schema);
          const examples = [
            ...(media.example === undefined ? [] : [media.example]),
            ...((schema.examples as unknown[] | undefined) ?? []),
          ];
          return examples.flatMap((example) => mistakes([...at, type, "schema"], example));
        }),
      );
    },
  };
}

/**
 * The document for our own eyes: callers must allow for answers that grow, but a field that is answered today and not
 * documented was forgotten.
 */
function closed<T>(value: T, name = ""): T {
  if (Array.isArray(value)) return value.map((one) => closed<unknown>(one, name)) as T;
  if (typeof value !== "object" || value === null || LEFT_OPEN.has(name)) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, closed(member, key)])) as T & Json;
  const isShape = name !== "properties" && copy.type === "object" && copy.properties !== undefined;
  return isShape && copy.additionalProperties === undefined ? { ...copy, additionalProperties: false } : copy;
}
