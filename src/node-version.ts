const OLDEST_MAJOR = 24;

/** One sentence for the terminal where this Node is too old, else null. `version` is like process.versions.node. */
export function nodeRefusal(version: string): string | null {
  if (Number(version.split(".")[0]) >= OLDEST_MAJOR) return null;
  return `Tidings needs Node ${OLDEST_MAJOR} and this is ${version}: start it with npm (npm start brings its own Node), or put node_modules/.bin first on the PATH.`;
}
