import eslint from "@eslint/js";
import tseslint from "typescript-eslint";
import { importTableRule } from "./scripts/import-table.js";

const PLAIN_JAVASCRIPT = ["**/*.js", "**/*.mjs"];

export default tseslint.config(
  {
    ignores: [
      "node_modules/",
      ".tidings/",
      "workflow-bundle.js",
      "src/database/generated/",
      "src/client/api-types.ts",
      "tests/guards/fixtures/",
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    plugins: { tidings: { rules: { "import-table": importTableRule } } },
    languageOptions: {
      parserOptions: {
        project: "./tsconfig.json",
      },
    },
    rules: {
      "tidings/import-table": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      // Numbers and booleans read well in a template.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // `return next(error)` is how Express middleware ends early.
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // Takes Express' request for something else than the IncomingMessage that it is.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      // `_` is what a destructuring leaves out.
      "@typescript-eslint/no-unused-vars": ["error", { varsIgnorePattern: "^_$" }],
      // There are no enums: types are stripped, not compiled.
      "@typescript-eslint/no-unsafe-enum-assignment": "off",
      eqeqeq: "error",
    },
  },
  {
    // Answers of the API are unknown until a test looks at them.
    files: ["tests/**/*.ts", "**/*.{test,harness}.ts"],
    rules: {
      "@typescript-eslint/restrict-template-expressions": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-base-to-string": "off",
    },
  },
  {
    files: PLAIN_JAVASCRIPT,
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      parserOptions: { project: null },
      globals: {
        process: "readonly",
        console: "readonly",
        URL: "readonly",
        document: "readonly",
        fetch: "readonly",
        setInterval: "readonly",
        setTimeout: "readonly",
      },
    },
  },
);
