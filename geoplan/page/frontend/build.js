// Builds what geoplan/page/document.py puts into every page: node build.js [FOLDER].

import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { build, transform } from "esbuild";

const HOME = path.dirname(fileURLToPath(import.meta.url));
const FOLDER = path.resolve(process.argv[2] ?? path.join(HOME, "..", "assets", "bundle"));

// `start` runs at once; `leaflet` and `page` may travel compressed, so they are files of their own.
const ENTRIES = ["start", "leaflet", "page"];

/** Return the folder of an npm package. */
function packageFolder(/** @type {string} */ name) {
  return path.join(HOME, "node_modules", name);
}

/** Return name, version and licence text of an npm package. */
async function describePackage(/** @type {string} */ name) {
  const folder = packageFolder(name);
  const about = JSON.parse(await readFile(path.join(folder, "package.json"), "utf-8"));
  const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} has no licence file`);
  const text = (await readFile(path.join(folder, file), "utf-8")).replaceAll("\r\n", "\n").trim();
  return { title: `${about.name} ${about.version}`, licence: about.license, text };
}

/** Return the npm packages that code comes from. */
function packagesOf(/** @type {string[]} */ inputs) {
  const names = inputs.map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

/** Bundle one entry; return its text and the packages in it. */
async function bundle(/** @type {string} */ entry) {
  const built = await build({
    absWorkingDir: HOME,
    entryPoints: [`src/${entry}.js`],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "inline",
    metafile: true,
    write: false,
  });
  const script = built.outputFiles[0].text.trim();
  const packages = await Promise.all(packagesOf(Object.keys(built.metafile.inputs)).map(describePackage));
  // Leaflet's own notice is in its code.
  const named = packages.filter(({ title }) => !title.startsWith("leaflet"));
  const rights = named.map(({ title, licence, text }) => `${title}, ${/Copyright[^\n]*/.exec(text)?.[0]} (${licence})`);
  return { text: rights.length ? `/* ${rights.join("; ")} */\n${script}\n` : `${script}\n`, packages };
}

/** A page may carry a script inside it only without what would end it there. */
function checkThatItCanBeInlined(/** @type {string} */ entry, /** @type {string} */ text) {
  const found = /<\/script|<!--|sourceMappingURL/i.exec(text);
  if (found) throw new Error(`${entry}.js has "${found[0]}", which must not be in a page`);
}

await mkdir(path.join(FOLDER, "images"), { recursive: true });
const texts = new Map();
for (const entry of ENTRIES) {
  const { text, packages } = await bundle(entry);
  checkThatItCanBeInlined(entry, text);
  await writeFile(path.join(FOLDER, `${entry}.js`), text);
  for (const { title, text: licence } of packages)
    texts.set(title, `${title}\n${"=".repeat(title.length)}\n\n${licence}\n`);
}
await writeFile(
  path.join(FOLDER, "LICENSES.txt"),
  [...texts.keys()]
    .sort()
    .map((title) => texts.get(title))
    .join("\n\n"),
);

// The oldest browsers that unpack a page; rules within rules are written out for them.
const BROWSERS = ["chrome105", "firefox113", "safari16.4"];

/** Write a stylesheet without spaces and comments, except its notices. */
async function writeStyle(/** @type {string} */ name, /** @type {string} */ style) {
  const { code } = await transform(style, { loader: "css", minify: true, charset: "utf8", target: BROWSERS });
  await writeFile(path.join(FOLDER, name), code);
}

await writeStyle("page.css", await readFile(path.join(HOME, "..", "assets", "page.css"), "utf-8"));
const leaflet = path.join(packageFolder("leaflet"), "dist");
await writeStyle("leaflet.css", await readFile(path.join(leaflet, "leaflet.css"), "utf-8"));
for (const image of (await readdir(path.join(leaflet, "images"))).sort())
  await writeFile(path.join(FOLDER, "images", image), await readFile(path.join(leaflet, "images", image)));
