import { type Token, Tokenizer, type TokenHandler, TokenizerMode } from "parse5";

export type HtmlTracking = {
  /** The address that stands in for a link's; null: the link stays. Gets absolute http(s) URLs only, as browsers spell them. */
  linkFor: ((url: string) => string | null) | null;
  /** Of an image that tells, by being loaded, that the mail was opened. */
  pixelUrl: string | null;
};

/** Links of one mail that are rewritten at most; those after them stay, so that what is sent stays near what was written. */
export const MAX_TRACKED_LINKS = 500;
/** Characters of a URL. Longer ones stay: servers and mail programs on the way would cut what ours become. */
export const MAX_TRACKED_URL = 2_000;

/** A link with this attribute stays as it is. */
const OPT_OUT = { name: "data-tidings-track", value: "off" };

/** What these elements hold is no markup, so nothing in it is a link. https://html.spec.whatwg.org/#parsing-html-fragments */
const TEXT_ELEMENTS: Record<string, (typeof TokenizerMode)[keyof typeof TokenizerMode]> = {
  title: TokenizerMode.RCDATA,
  textarea: TokenizerMode.RCDATA,
  style: TokenizerMode.RAWTEXT,
  xmp: TokenizerMode.RAWTEXT,
  iframe: TokenizerMode.RAWTEXT,
  noembed: TokenizerMode.RAWTEXT,
  noframes: TokenizerMode.RAWTEXT,
  script: TokenizerMode.SCRIPT_DATA,
  plaintext: TokenizerMode.PLAINTEXT,
};

type Edit = { start: number; end: number; text: string };

/**
 * The document with the links of `<a>` and `<area>` replaced and a pixel at the end of its body. Everything else is left
 * as it is, to the byte: the document is read and never written anew. Takes time in proportion to its length, whatever is in it.
 */
export function trackHtml(html: string, { linkFor, pixelUrl }: HtmlTracking): string {
  const edits: Edit[] = [];
  /** Where the last end tags of these stand. */
  const ends = new Map<string, number>();
  const ignore = () => undefined;
  const handler: TokenHandler = {
    onStartTag(tag) {
      tokenizer.state = TEXT_ELEMENTS[tag.tagName] ?? tokenizer.state;
      if (linkFor === null || edits.length >= MAX_TRACKED_LINKS) return;
      const edit = editOf(tag, linkFor);
      if (edit !== null) edits.push(edit);
    },
    onEndTag({ tagName, location }) {
      if (location !== null && (tagName === "body" || tagName === "html")) ends.set(tagName, location.startOffset);
    },
    onCharacter: ignore,
    onWhitespaceCharacter: ignore,
    onNullCharacter: ignore,
    onComment: ignore,
    onDoctype: ignore,
    onEof: ignore,
  };
  const tokenizer = new Tokenizer({ sourceCodeLocationInfo: true }, handler);
  tokenizer.write(html, true);
  if (pixelUrl !== null) {
    const at = ends.get("body") ?? ends.get("html") ?? html.length;
    edits.push({ start: at, end: at, text: pixel(pixelUrl) });
  }
  return apply(html, edits);
}

/** Null for whatever is no link to replace. */
function editOf({ tagName, attrs, location }: Token.TagToken, linkFor: (url: string) => string | null): Edit | null {
  if (tagName !== "a" && tagName !== "area") return null;
  const valueOf = (name: string) => attrs.find((attribute) => attribute.name === name)?.value;
  const href = valueOf("href");
  const range = location?.attrs?.["href"];
  if (href === undefined || range === undefined || valueOf(OPT_OUT.name)?.toLowerCase() === OPT_OUT.value) return null;
  const url = webUrl(href);
  const link = url === null ? null : linkFor(url);
  return link === null ? null : { start: range.startOffset, end: range.endOffset, text: `href="${attribute(link)}"` };
}

/** As a browser would ask for it; null for another scheme, what is relative, broken or too long. */
function webUrl(href: string): string | null {
  // What stands around an address does not belong to it: https://url.spec.whatwg.org/#url-parsing
  if (!/^[\0- ]*https?:\/\//i.test(href)) return null;
  const url = URL.parse(href)?.href ?? null;
  return url !== null && url.length <= MAX_TRACKED_URL ? url : null;
}

function pixel(url: string): string {
  return `<img src="${attribute(url)}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0">`;
}

function attribute(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}

function apply(html: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let at = 0;
  // In order of their places: a body may end before a link, where somebody has written one after it.
  for (const { start, end, text } of edits.toSorted((one, other) => one.start - other.start)) {
    parts.push(html.slice(at, start), text);
    at = end;
  }
  return parts.join("") + html.slice(at);
}
