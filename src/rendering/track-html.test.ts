import fc from "fast-check";
import { parse } from "parse5";
import { describe, expect, it } from "vitest";
import { MAX_TRACKED_LINKS, MAX_TRACKED_URL, trackHtml } from "./track-html.ts";

const PREFIX = "https://t.example/c/";
const linkFor = (url: string) => PREFIX + Buffer.from(url).toString("base64url");
const targetOf = (link: string) => Buffer.from(link.slice(PREFIX.length), "base64url").toString();
const links = (html: string, change = linkFor) => trackHtml(html, { linkFor: change, pixelUrl: null });
const pixel = (html: string) => trackHtml(html, { linkFor: null, pixelUrl: "https://t.example/o/x?a&b" });
/** Where the links lead after all. */
const targets = (html: string) =>
  [...links(html).matchAll(/href="(https:\/\/t\.example\/c\/[^"]*)"/g)].map(([, link = ""]) => targetOf(link));

const IMAGE = /<img src="https:\/\/t\.example\/o\/x\?a&amp;b" width="1" height="1"[^>]*>/;

describe("links in the HTML of a mail", () => {
  it.each([
    ['<a href="https://shop.example/a?x=1&amp;y=2#z">', "https://shop.example/a?x=1&y=2#z"],
    ['<a href="https://shop.example/?x=1&y=2&copy=3">', "https://shop.example/?x=1&y=2&copy=3"],
    ["<a class=b href='http://shop.example/it&#39;s'>", "http://shop.example/it's"],
    ["<a href=http://shop.example/a>", "http://shop.example/a"],
    ["<a href=http://shop.example/a/>", "http://shop.example/a/"],
    ['<A\n\tTitle="a>b" HREF = " HTTPS://Shop.Example/A b\n" id=x>', "https://shop.example/A%20b"],
    ['<area shape="rect" href="https://shop.example/map">', "https://shop.example/map"],
    ['<a href="https://미나.example/뉴스?q=é">', "https://미나.example/뉴스?q=é"],
    ['<a href="https://shop.example/1" href="https://shop.example/2">', "https://shop.example/1"],
    ['<a href="https&#58;//shop.example/1">', "https://shop.example/1"],
  ])("lead past us, from %s", (tag, target) => {
    expect(targets(`<p>${tag}x</a></p>`)).toEqual([new URL(target).href]);
  });

  it.each([
    '<a href="mailto:a@example.com">',
    '<a href="tel:+15551234567">',
    '<a href="#top">',
    '<a href="/relative">',
    '<a href="//shop.example/">',
    "<a href=\"javascript:location='https://shop.example'\">",
    '<a href="">',
    "<a href>",
    '<a name="https://shop.example">',
    '<a href="http://">',
    '<a href="http://[bad/">',
    '<a href="https://shop.example/" data-tidings-track="off">',
    '<a DATA-TIDINGS-TRACK=OFF href="https://shop.example/">',
    `<a href="https://shop.example/${"x".repeat(MAX_TRACKED_URL)}">`,
    '<link href="https://shop.example/a.css">',
    '<img src="https://shop.example/a.png">',
    '<!-- <a href="https://shop.example/"> -->',
    "<style>a::after { content: '<a href=\"https://shop.example/\">' }</style>",
    "<script>\"<a href='https://shop.example/'>\"</script>",
    '<title><a href="https://shop.example/"></title>',
    '<textarea><a href="https://shop.example/"></textarea>',
    "<p title='<a href=\"https://shop.example/\">'>",
    '<a href="https://shop.example/',
  ])("stay as they are in %s", (html) => {
    expect(links(html)).toBe(html);
  });

  it("stay where it is said so of their address", () => {
    const html = '<a href="https://shop.example/stay">1</a><a href="https://shop.example/go">2</a>';
    expect(trackHtml(html, { linkFor: (url) => (url.endsWith("stay") ? null : PREFIX), pixelUrl: null })).toBe(
      `<a href="https://shop.example/stay">1</a><a href="${PREFIX}">2</a>`,
    );
  });

  it("are replaced alone: nothing else of the document changes, and each leads to where it led", () => {
    const noise = fc.constantFrom(
      ..."<p>,</p>,<div class='x' >,<br/>,&amp;,&lt,&,\r\n,\n,🙂,é,\0,<!--,-->,<!doctype html>,<![CDATA[x]]>,<style>,</style>".split(
        ",",
      ),
      ..."<title>,</title>,<svg>,</svg>,<table>,text,\",',>,<,</body>,</html>,<script>,</script>,\uFEFF".split(","),
    );
    const url = fc.webUrl({ withQueryParameters: true, withFragments: true });
    const quoted = fc.constantFrom('"', "'");
    const link = fc
      .tuple(fc.constantFrom("a", "A", "area"), quoted, url, fc.constantFrom("", " class=x", "\n id='y'"))
      .map(([name, quote, href, more]) => {
        const escaped = href.replaceAll("&", "&amp;").replaceAll(quote, quote === '"' ? "&quot;" : "&#39;");
        return `<${name}${more} href=${quote}${escaped}${quote}${more.toUpperCase()}>`;
      });
    fc.assert(
      fc.property(fc.array(fc.oneof(noise, link, fc.string()), { maxLength: 40 }), (pieces) => {
        const html = pieces.join("");
        const before: string[] = [];
        const marked = links(html, (href) => `\uE000${before.push(href) - 1}\uE001`);
        // What was put in, taken out again by what stood there, is the document as it was.
        const rest = marked.split(/href="\uE000\d+\uE001"/);
        let at = 0;
        for (const [index, part] of rest.entries()) {
          expect(html.slice(at, at + part.length)).toBe(part);
          at += part.length;
          if (index === rest.length - 1) break;
          const replaced = /^href\s*=\s*("[^"]*"|'[^']*'|[^\s>]*)/i.exec(html.slice(at))?.[0] ?? "";
          expect(replaced).not.toBe("");
          at += replaced.length;
        }
        expect(at).toBe(html.length);
        expect(targets(html)).toEqual(before);
      }),
      { numRuns: 80 },
    );
  });

  it("are those that a browser finds, in documents as people write them", () => {
    const url = fc.webUrl({ withQueryParameters: true });
    const block: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        url.map((href) => `<a href="${href.replaceAll("&", "&amp;")}">link</a>`),
        fc.constant("text &amp; <b>bold</b>"),
        fc.constant("<!--[if mso]><a href='https://mso.example'>x</a><![endif]-->"),
        fc.array(tie("node"), { maxLength: 3 }).map((inner) => `<div style="color:red">${inner.join("")}</div>`),
        fc.array(tie("node"), { maxLength: 3 }).map((inner) => `<table><tr><td>${inner.join("")}</td></tr></table>`),
      ),
    })).node;
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), (blocks) => {
        const html = `<!doctype html><html><head><style>a { color: red }</style></head><body>${blocks.join("\n")}</body></html>`;
        expect(targets(html)).toEqual(hrefsOf(html).map((href) => new URL(href).href));
      }),
      { numRuns: 100 },
    );
  });

  it("are many in a hostile document, and only the first of them change", () => {
    const html = '<a href="http://x.example">'.repeat(9_000);
    const started = performance.now();
    expect(targets(html)).toHaveLength(MAX_TRACKED_LINKS);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it.each([
    ...["<div>", "<b><p>", "<a><b><p></a>", "<", "<a ", "&", "<!--", "<table>x<b>", "</p>", "<svg><title>"],
    ...["<a a=1 ", "<title>", "<style></"],
  ])("are looked for in a time that fits the length, among many %s", (piece) => {
    const html = piece.repeat(256_000 / piece.length);
    const started = performance.now();
    links(html);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("are looked for soon in a tag of very many attributes", () => {
    const html = `<a ${Array.from({ length: 45_000 }, (_, index) => index.toString(36)).join(" ")} href="https://shop.example/">`;
    const started = performance.now();
    expect(targets(html)).toEqual(["https://shop.example/"]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("the pixel of a mail", () => {
  it.each([
    ["<html><body><p>Hi</p></body></html>", "<html><body><p>Hi</p>", "</body></html>"],
    ["<p>Hi</p></BODY >", "<p>Hi</p>", "</BODY >"],
    ["<p>Hi</p></html>", "<p>Hi</p>", "</html>"],
    ["<p>Hi</p>", "<p>Hi</p>", ""],
    ["<body><!-- </body> --></body>", "<body><!-- </body> -->", "</body>"],
    ["", "", ""],
  ])("stands at the end of the body of %s", (html, before, after) => {
    const tracked = pixel(html);
    expect(tracked.startsWith(before)).toBe(true);
    expect(tracked.endsWith(after)).toBe(true);
    expect(tracked.slice(before.length, tracked.length - after.length)).toMatch(IMAGE);
  });

  it("goes with links, also with one after the end of the body", () => {
    const html = '<body></body><a href="https://shop.example/">';
    const tracked = trackHtml(html, { linkFor, pixelUrl: "https://t.example/o/x" });
    expect(tracked).toMatch(/^<body><img [^>]*><\/body><a href="https:\/\/t\.example\/c\/[^"]+">$/);
  });
});

type Node = { nodeName: string; attrs?: { name: string; value: string }[]; childNodes?: Node[] };

/** Of all links, as a browser's parser finds them. */
function hrefsOf(html: string): string[] {
  const walk = (node: Node): string[] => [
    ...(node.nodeName === "a"
      ? (node.attrs ?? []).filter(({ name }) => name === "href").map(({ value }) => value)
      : []),
    ...(node.childNodes ?? []).flatMap(walk),
  ];
  return walk(parse(html));
}
