/** What a page needs of JSON Schema 2020-12, as zod makes it. */
export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  maxItems?: number;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
};

export type Components = Record<string, JsonSchema>;

/** A line of a table of fields. */
export type SchemaRow = { name: string; type: string; required: boolean; limits: string; description: string };

/** Fields of one shape; `title` tells the alternatives of a union apart, and is empty where there is only one. */
export type SchemaTable = { title: string; rows: SchemaRow[] };

/** The fields of an object, nested ones as `to.userId`, `items[].id` and `categories.*`. */
export function tablesOf(schema: JsonSchema, components: Components): SchemaTable[] {
  const shape = resolve(schema, components);
  const alternatives = shape.oneOf ?? [shape];
  return alternatives.map((alternative) => {
    const resolved = resolve(alternative, components);
    return {
      title: shape.oneOf === undefined ? "" : constantsOf(resolved),
      rows: fieldsOf(resolved, components, "", []),
    };
  });
}

export function resolve(schema: JsonSchema, components: Components): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...siblings } = schema;
  return { ...components[nameOf($ref)], ...siblings };
}

function nameOf(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

/** `channel: email`, which is how alternatives are told apart. */
function constantsOf({ properties = {} }: JsonSchema): string {
  return Object.entries(properties)
    .flatMap(([name, property]) => (property.const === undefined ? [] : [`${name}: ${JSON.stringify(property.const)}`]))
    .join(", ");
}

/** `within` holds the components that these fields are part of, since a shape may hold itself. */
function fieldsOf(schema: JsonSchema, components: Components, prefix: string, within: string[]): SchemaRow[] {
  const { properties = {}, required = [], additionalProperties } = schema;
  const rows = Object.entries(properties).flatMap(([name, property]) =>
    fieldOf(property, components, prefix + name, required.includes(name), within),
  );
  if (typeof additionalProperties !== "object" || Object.keys(additionalProperties).length === 0) return rows;
  return [...rows, ...fieldOf(additionalProperties, components, `${prefix}*`, false, within)];
}

function fieldOf(
  field: JsonSchema,
  components: Components,
  name: string,
  required: boolean,
  within: string[],
): SchemaRow[] {
  const shape = resolve(field, components);
  const row = {
    name,
    type: typeOf(field, components),
    required,
    limits: limitsOf(shape, components),
    description: shape.description ?? "",
  };
  const inside = field.$ref === undefined ? within : [...within, field.$ref];
  if (field.$ref !== undefined && within.includes(field.$ref)) return [row];
  return [row, ...childrenOf(shape, components, name, inside)];
}

function childrenOf(shape: JsonSchema, components: Components, name: string, within: string[]): SchemaRow[] {
  const [only, ...others] = (shape.anyOf ?? []).filter(({ type }) => type !== "null");
  if (only !== undefined)
    return others.length > 0 ? [] : childrenOf(resolve(only, components), components, name, within);
  if (shape.items !== undefined) {
    const { $ref } = shape.items;
    if ($ref !== undefined && within.includes($ref)) return [];
    const inside = $ref === undefined ? within : [...within, $ref];
    return childrenOf(resolve(shape.items, components), components, `${name}[]`, inside);
  }
  return fieldsOf(shape, components, `${name}.`, within);
}

/** In words: `string or null`, `array of push | sms`, `date-time`. */
export function typeOf(schema: JsonSchema, components: Components): string {
  const shape = resolve(schema, components);
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum !== undefined) return shape.enum.map(String).join(" | ");
  const alternatives = shape.anyOf ?? shape.oneOf;
  if (alternatives !== undefined) {
    const isJson = alternatives.some(
      ({ type, items }) => type === "array" && items?.$ref !== undefined && items.$ref === schema.$ref,
    );
    if (isJson) return "any JSON";
    const objects = alternatives.filter((one) => resolve(one, components).properties !== undefined);
    // Where there is one form its fields follow; of several, their names tell them apart.
    const formOf = (one: JsonSchema) => (objects.length > 1 ? namedFields(one, components) : null);
    return [...new Set(alternatives.map((one) => formOf(one) ?? typeOf(one, components)))].join(" or ");
  }
  if (Array.isArray(shape.type)) return shape.type.map((type) => typeOf({ ...shape, type }, components)).join(" or ");
  switch (shape.type) {
    case undefined:
      return "any JSON";
    case "array":
      return `array of ${typeOf(shape.items ?? {}, components)}`;
    case "object":
      return mapOf(shape, components) ?? "object";
    case "string":
      return shape.format ?? "string";
    default:
      return shape.type;
  }
}

/** `{userId, contacts}`; null for what is no object of known fields. */
function namedFields(schema: JsonSchema, components: Components): string | null {
  const { properties } = resolve(schema, components);
  if (properties === undefined) return null;
  const fields = Object.entries(properties).map(([name, property]) =>
    property.const === undefined ? name : `${name}: ${JSON.stringify(property.const)}`,
  );
  return `{${fields.join(", ")}}`;
}

function mapOf({ properties, additionalProperties }: JsonSchema, components: Components): string | null {
  if (properties !== undefined || typeof additionalProperties !== "object") return null;
  return `map to ${typeOf(additionalProperties, components)}`;
}

function limitsOf(shape: JsonSchema, components: Components): string {
  const [only, ...others] = (shape.anyOf ?? []).filter(({ type }) => type !== "null");
  if (only !== undefined && others.length === 0) return limitsOf({ ...resolve(only, components) }, components);
  const { minLength, maxLength, minimum, maximum, exclusiveMinimum, minItems, maxItems, pattern, propertyNames } =
    shape;
  return [
    range(minLength, maxLength, "characters"),
    range(minimum, maximum, ""),
    exclusiveMinimum === undefined ? "" : `above ${exclusiveMinimum}`,
    range(minItems, maxItems, "entries"),
    pattern === undefined ? "" : `matches \`${pattern}\``,
    propertyNames === undefined ? "" : `names: ${namesOf(propertyNames)}`,
    shape.default === undefined ? "" : `default \`${JSON.stringify(shape.default)}\``,
  ]
    .filter((limit) => limit !== "")
    .join("; ");
}

function namesOf({ enum: names, pattern }: JsonSchema): string {
  return names?.map(String).join(", ") ?? (pattern === undefined ? "any" : `match \`${pattern}\``);
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return "";
  const bounds =
    least === undefined ? `at most ${most}` : most === undefined ? `at least ${least}` : `${least} to ${most}`;
  return `${bounds} ${unit}`.trim();
}
