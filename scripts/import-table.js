import { dirname, relative, resolve } from "node:path";

/**
 * Who may import what. `values` may be imported and run, `types` only named in `import type`. An entry is a folder or
 * a file of src/, a package, or a prefix that ends with `/` or `:`. A folder that is not listed composes the others
 * and may import everything; so may the files in `roots`.
 */
export const importTable = {
  domain: { values: ["domain", "zod", "ipaddr.js", "libphonenumber-js/max", "temporal-polyfill"], types: [] },
  workflows: {
    values: ["workflows", "domain", "@temporalio/workflow", "@temporalio/common"],
    types: ["activities"],
  },
  activities: {
    values: [
      "activities",
      "domain",
      "rendering",
      "observability",
      "workflows/contract.ts",
      // The error class that providers throw, not the providers.
      "providers/provider.ts",
      "outbound/sign-webhook.ts",
      "@temporalio/activity",
      "@temporalio/common",
      "node:",
    ],
    types: ["database", "outbound", "providers"],
  },
  rendering: { values: ["rendering", "domain", "liquidjs", "parse5"], types: [] },
  providers: {
    values: [
      "providers",
      "domain",
      "network",
      "observability",
      "@mailchimp/mailchimp_transactional",
      "@sendgrid/",
      "@vonage/sms",
      "apn",
      "firebase-admin",
      "nodemailer",
      "twilio",
      "node:",
    ],
    types: ["config.ts"],
  },
  database: {
    values: [
      "database",
      "domain",
      "observability",
      "crypto/sealed.ts",
      "@prisma/",
      "lru-cache",
      "pg",
      "rate-limiter-flexible",
      "zod",
      "node:",
    ],
    types: [],
  },
  api: {
    values: [
      "api",
      "domain",
      "rendering",
      "observability",
      "workflows/contract.ts",
      "@temporalio/client",
      "@temporalio/common",
      "express",
      "zod",
      "zod-openapi",
      "node:",
    ],
    types: ["database", "providers", "temporal"],
  },
  temporal: {
    values: [
      "temporal",
      "domain",
      "observability",
      "crypto/sealed.ts",
      "workflows/contract.ts",
      "@temporalio/",
      "zod",
      "node:",
    ],
    types: ["activities", "database", "config.ts"],
  },
  // HTTP to URLs that others have chosen.
  outbound: {
    values: ["outbound", "domain", "network", "node:"],
    types: [],
  },
  network: { values: ["network", "node:"], types: [] },
  crypto: { values: ["crypto", "domain", "zod", "node:"], types: [] },
  // Written for callers: it knows the API by HTTP only.
  client: { values: ["client", "openapi-fetch"], types: [] },
  observability: { values: ["observability", "pino", "prom-client", "node:"], types: [] },
};

export const roots = ["api/server.ts", "api/serve.ts", "api/compose-app.ts"];

/** Why `importer` (a path below src/) may not import `source`, or null where it may. */
export function importProblem(importer, source, onlyTypes) {
  const layer = importer.split("/")[0];
  const row = importTable[layer];
  if (row === undefined || roots.includes(importer)) return null;
  const target = source.startsWith(".") ? relative(".", resolve(dirname(importer), source)) : source;
  const allows = (entries) => entries.some((entry) => covers(entry, target));
  if (allows(row.values)) return null;
  if (!allows(row.types)) return `src/${layer} may not import ${target}`;
  return onlyTypes ? null : `src/${layer} may import only types from ${target}: write \`import type\``;
}

function covers(entry, target) {
  return target === entry || target.startsWith(/[/:]$/.test(entry) ? entry : `${entry}/`);
}

/** The table as an ESLint rule. */
export const importTableRule = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const importer = relative(resolve(context.cwd, "src"), context.filename);
    if (importer.startsWith("..") || /\.(test|harness)\.ts$/.test(importer)) return {};
    const check = (node) => {
      if (node.source?.value === undefined) return;
      const kind = node.importKind ?? node.exportKind;
      const message = importProblem(importer, node.source.value, kind === "type");
      if (message !== null) context.report({ node, message: `${message} (scripts/import-table.js).` });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};
