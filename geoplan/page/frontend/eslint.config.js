// Rules for the script: what tsc does not see.

import { fileURLToPath } from "node:url";

import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import globals from "globals";

// Folders of src from top to bottom: a module imports from its own folder and from those below.
const FOLDERS = ["page", "comparing", "map", "parts", "data", "drawing", "text"];

const zones = FOLDERS.slice(1).map((folder, above) => ({
  target: `./src/${folder}`,
  from: FOLDERS.slice(0, above + 1).map((upper) => `./src/${upper}`),
}));

export default [
  { ignores: ["node_modules/"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createNodeResolver()] },
    rules: {
      eqeqeq: "error",
      "no-console": ["error", { allow: ["warn"] }],
      "no-shadow": "error",
      "no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "import-x/export": "error",
      "import-x/first": "error",
      "import-x/named": "error",
      "import-x/no-cycle": "error",
      "import-x/no-duplicates": "error",
      "import-x/no-extraneous-dependencies": [
        "error",
        { devDependencies: ["build.js", "eslint.config.js", "test/**"] },
      ],
      "import-x/no-restricted-paths": ["error", { basePath: fileURLToPath(new URL(".", import.meta.url)), zones }],
      "import-x/no-self-import": "error",
      "import-x/no-unresolved": "error",
      "import-x/order": [
        "error",
        { groups: ["builtin", "external", ["parent", "sibling"]], alphabetize: { order: "asc" } },
      ],
    },
  },
  {
    files: ["src/**"],
    languageOptions: { globals: { ...globals.browser, L: "readonly" } },
  },
  {
    files: ["build.js", "eslint.config.js", "test/**"],
    languageOptions: { globals: globals.node },
  },
];
