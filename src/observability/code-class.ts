/** Different codes at most; providers have dozens, and one that made them up must not fill the memory. */
const MAX_CLASSES = 100;

/** Makes a label of a provider's code: `550` is `5xx`, `30003` is `3xxxx`, `5.1.1` is `5.1.x`, words stay, what is too much is `other`. */
export function codeClass(): (code: string | null) => string {
  const known = new Set<string>();
  return (code) => {
    if (code === null) return "none";
    const word = code
      .replace(/^(\d\.\d+)\.\d+$/, "$1.x")
      .replaceAll(/(?<![\d.])(\d)(\d+)/g, (_, first: string, rest: string) => first + "x".repeat(rest.length));
    if (!/^[\w.-]{1,50}$/.test(word)) return "other";
    if (!known.has(word) && known.size >= MAX_CLASSES) return "other";
    known.add(word);
    return word;
  };
}
