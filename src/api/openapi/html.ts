const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as it may stand in HTML, in an attribute too. */
export function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Text in which backticks mark code. */
export function inline(markdown: string): string {
  return text(markdown).replace(/`([^`]+)`/g, "<code>$1</code>");
}

/** Paragraphs, which an empty line separates. */
export function paragraphs(markdown: string): string {
  return markdown
    .split("\n\n")
    .filter((paragraph) => paragraph !== "")
    .map((paragraph) => `<p>${inline(paragraph)}</p>`)
    .join("\n");
}

/** A method, coloured. */
export function methodLabel(method: string): string {
  return `<span class="method ${method}">${method.toUpperCase()}</span>`;
}
