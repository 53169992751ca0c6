import { type Context, Liquid, LiquidError, toValueSync, type Template, type Token } from "liquidjs";
import { boundFilters } from "./bounded-filters.ts";
import { BoundedCaptureTag, BoundedEmitter } from "./bounded-output.ts";
import { cpuTimeMs } from "./cpu-time.ts";
import { boundRangeEnds } from "./range-ends.ts";
import { escapeOutput, rememberEscaped } from "./escaped-texts.ts";
import { type Lookups, RenderingContext } from "./rendering-context.ts";
import { StrictAssignTag } from "./strict-assign.ts";

/** HTML has every printed value escaped, unless the template says `| raw`. */
export type TemplateFormat = "text" | "html";

export type ParsedTemplate = { format: TemplateFormat; templates: Template[] };

export type RenderBounds = {
  /** Characters of output at most. */
  maxLength: number;
  lookups: Lookups;
};

/** Why a template could not be parsed or rendered; `missing` names a variable that was not given. */
export class LiquidProblem extends Error {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  readonly missing: string | null;

  constructor(error: unknown, missing: string | null) {
    super(problemOf(error), { cause: error });
    this.name = "LiquidProblem";
    const [line, column] = positionOf(error);
    this.line = line;
    this.column = column;
    this.missing = missing;
  }
}

// Characters of one part's source.
const PARSE_LIMIT = 256_000;
// Characters and array elements that filters, ranges, captures and the output may make, all together. No single value may
// be longer than that either, once it is written out.
const MEMORY_LIMIT = 2_000_000;
// Of the processor's time. A last resort for loops that make nothing: far above any honest template.
const RENDER_LIMIT_MS = 500;

// They read files, or code from strings, or give another text at each try.
const REFUSED_TAGS = ["include", "render", "layout", "block"];
const REFUSED_FILTERS = ["sample", "where_exp", "reject_exp", "group_by_exp", "has_exp", "find_exp", "find_index_exp"];

// Configuration only: an engine keeps nothing between two calls.
const ENGINES: Record<TemplateFormat, Liquid> = { text: createEngine("text"), html: createEngine("html") };

/** @throws {LiquidProblem} */
export function parseTemplate(source: string, format: TemplateFormat): ParsedTemplate {
  try {
    return { format, templates: ENGINES[format].parse(source) };
  } catch (error) {
    throw new LiquidProblem(error, null);
  }
}

/**
 * The text with its variables filled in; the variables stay as they are.
 * @throws {LiquidProblem} when a variable is missing or a limit is reached
 */
export function renderTemplate(parsed: ParsedTemplate, variables: object, bounds: RenderBounds): string {
  const liquid = ENGINES[parsed.format];
  // A copy: `increment` writes into the outermost scope.
  const context = new RenderingContext(liquid, Object.assign(Object.create(null) as object, variables), bounds.lookups);
  limitCpuTime(context);
  const emitter = new BoundedEmitter(context, bounds.maxLength);
  try {
    toValueSync(liquid.renderer.renderTemplates(parsed.templates, context, emitter));
  } catch (error) {
    const undefinedVariable = error instanceof Error && error.name === "UndefinedVariableError";
    throw new LiquidProblem(error, undefinedVariable ? bounds.lookups.missing : null);
  }
  return emitter.buffer;
}

/** The library's own limit counts the time of day: a machine that stood still meanwhile would fail a good template. */
function limitCpuTime(context: Context): void {
  const end = cpuTimeMs() + RENDER_LIMIT_MS;
  context.renderLimit.check = () => {
    if (cpuTimeMs() > end) throw new Error("template render limit exceeded");
  };
}

function createEngine(format: TemplateFormat): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    // `| default:` and a lone variable in a condition ask whether it is there; that is no mistake.
    lenientIf: true,
    ownPropertyOnly: true,
    // No file is ever read: the tags that would are gone, and this is all they could find.
    templates: {},
    relativeReference: false,
    dynamicPartials: false,
    parseLimit: PARSE_LIMIT,
    memoryLimit: MEMORY_LIMIT,
    // The same text on every machine.
    timezoneOffset: "Etc/UTC",
    locale: "en-US",
    ...(format === "html" ? { outputEscape: escapeOutput } : {}),
  });
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the library has no other way to take a tag out
  for (const tag of REFUSED_TAGS) delete liquid.tags[tag];
  for (const filter of REFUSED_FILTERS) liquid.unregisterFilter(filter);
  boundFilters(liquid);
  boundRangeEnds(liquid);
  if (format === "html") rememberEscaped(liquid);
  liquid.registerTag("assign", StrictAssignTag);
  liquid.registerTag("capture", BoundedCaptureTag);
  return liquid;
}

function problemOf(error: unknown): string {
  const origin = LiquidError.is(error) && error.originalError !== undefined ? error.originalError : error;
  if (origin instanceof RangeError) return "is nested too deeply or grows too large";
  // Messages of the language itself quote values, which may be somebody's name.
  if (origin instanceof TypeError) return "a filter or tag cannot work with a value that it was given";
  return (origin instanceof Error ? origin.message : String(origin)).replace(/(, file:[^,]*)?, line:\d+, col:\d+$/, "");
}

function positionOf(error: unknown): [line: number, column: number] {
  // Some errors have no token, whatever their type says.
  const token = LiquidError.is(error) ? (error.token as Token | undefined) : undefined;
  const [line = 1, column = 1] = token?.getPosition() ?? [];
  return [line, column];
}
