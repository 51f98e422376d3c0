// Builds the style sheet and the fonts of all pages into web/static/built (git ignores it).
// It takes the NL Design System from node_modules, puts our own style sheets after it, keeps only
// what templates and code name, and writes each text beside its compressed forms.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { transform } from "lightningcss";
import postcss from "postcss";
import { PurgeCSS } from "purgecss";
import subsetFont from "subset-font";

const here = path.dirname(fileURLToPath(import.meta.url));
const web = path.dirname(here);
const target = path.join(web, "static", "built");
const require = createRequire(import.meta.url);

// The whole library first, then what has a package of its own.
const VENDOR = [
  "@nl-design-system-unstable/voorbeeld-design-tokens/dist/theme.css",
  "@utrecht/component-library-css/dist/index.css",
  "@utrecht/card-css/dist/index.css",
  "@utrecht/badge-status-css/dist/index.css",
  "@utrecht/nav-bar-css/dist/index.css",
  "@nl-design-system-candidate/button-css/dist/button.css",
  "@nl-design-system-candidate/data-badge-css/dist/data-badge.css",
  "@nl-design-system-candidate/heading-css/dist/heading.css",
  "@nl-design-system-candidate/link-css/dist/link.css",
  "@nl-design-system-candidate/paragraph-css/dist/paragraph.css",
  "@nl-design-system-candidate/skip-link-css/dist/skip-link.css",
];
const OURS = ["theme", "tokens", "ground", "frame", "layouts", "buttons", "forms", "parts", "cards", "conversation", "pages", "admin", "media", "live", "agreements", "outcomes", "roles"];
// Classes that templates put together, or that come with cleaned HTML of others.
const COMPOSED = [
  /^(is|phase|verdict|health|step|depth|badge|cover|swatch|party)-/,
  /^utrecht-(alert|form-field|textbox|textarea|select|form-fieldset)--(info|ok|warning|error|invalid)$/,
  /^nl-button--(primary|secondary|subtle|negative)$/,
  /^(link-host|invisible|is-open)$/,
];
// Latin Extended-A, and the letters of Romanian, Vietnamese and Turkish names: people have them in their names.
const EXTENDED = [[0x100, 0x17f], [0x1a0, 0x1a1], [0x1af, 0x1b0], [0x1cd, 0x1dc], [0x218, 0x21b], [0x1e00, 0x1eff]];

// What was made, by name: nothing is written until all of it is there, so that a mistake leaves the old files.
const made = new Map();

async function main() {
  const fonts = await buildFonts();
  const css = await buildCss(fonts);
  keep("style.css", Buffer.from(css), { text: true });
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const [name, content] of made) {
    await writeFile(path.join(target, name), content);
    console.log(`${name.padEnd(28)} ${content.length} bytes`);
  }
}

async function buildFonts() {
  const folder = path.join(path.dirname(require.resolve("@fontsource-variable/noto-sans/package.json")), "files");
  const latin = await readFile(path.join(folder, "noto-sans-latin-wght-normal.woff2"));
  const extended = await readFile(path.join(folder, "noto-sans-latin-ext-wght-normal.woff2"));
  const text = EXTENDED.map(([first, last]) => letters(first, last)).join("");
  const kept = await subsetFont(extended, text, { targetFormat: "woff2", variationAxes: { wght: { min: 400, max: 700 } } });
  const range = EXTENDED.map(([first, last]) => `U+${first.toString(16)}-${last.toString(16)}`).join(",");
  return [
    [keep("noto-sans-latin.woff2", latin), "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD"],
    [keep("noto-sans-latin-ext.woff2", kept), range],
  ];
}

function letters(first, last) {
  return String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, place) => first + place));
}

async function buildCss(fonts) {
  const faces = fonts.map(([name, range]) =>
    `@font-face{font-family:"Noto Sans";font-style:normal;font-weight:100 900;font-display:swap;src:url(${name}) format("woff2");unicode-range:${range}}`);
  const vendor = await Promise.all(VENDOR.map(async (name) => readFile(path.join(here, "node_modules", name), "utf8")));
  const ours = await Promise.all(OURS.map(async (name) => readFile(path.join(here, `${name}.css`), "utf8")));
  // In a layer everything of the design system yields to ours, however specific its selectors are.
  const whole = `${faces.join("\n")}\n@layer system{${vendor.map(withoutComments).join("\n")}}\n${ours.join("\n")}`;
  const [{ css }] = await new PurgeCSS().purge({
    content: await sources(),
    css: [{ raw: whole }],
    defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) ?? [],
    safelist: { standard: COMPOSED },
    keyframes: true,
  });
  const root = postcss.parse(css);
  dropUnusedProperties(root);
  const { code } = transform({ filename: "style.css", code: Buffer.from(root.toString()), minify: true });
  const text = code.toString();
  const addresses = [...text.matchAll(/url\(["']?([^"')]+)/g)].map((found) => found[1]);
  const elsewhere = addresses.filter((address) => !address.startsWith("data:") && !fonts.some(([name]) => name === address));
  if (elsewhere.length || /@import/.test(text)) throw new Error(`The style sheet loads from elsewhere: ${elsewhere}`);
  return text;
}

function withoutComments(css) {
  return css.replace(/\/\*[\s\S]*?\*\//g, "");
}

async function sources() {
  const found = [];
  for (const [folder, endings] of [["templates", [".html"]], ["pages", [".py"]], ["static/js", [".js"]]]) {
    for (const file of await filesIn(path.join(web, folder), endings)) {
      found.push({ raw: await readFile(file, "utf8"), extension: path.extname(file).slice(1) });
    }
  }
  return found;
}

async function filesIn(folder, endings) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(entries.map((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "mail" ? [] : filesIn(full, endings);
    return endings.includes(path.extname(entry.name)) ? [full] : [];
  }));
  return found.flat();
}

// The theme declares some thousands of properties; those that nothing reads go, and then what only those read.
function dropUnusedProperties(root) {
  for (;;) {
    const read = new Set();
    root.walkDecls((declaration) => {
      for (const found of declaration.value.matchAll(/var\(\s*(--[\w-]+)/g)) read.add(found[1]);
    });
    let dropped = 0;
    root.walkDecls(/^--/, (declaration) => {
      if (!read.has(declaration.prop)) {
        declaration.remove();
        dropped += 1;
      }
    });
    if (!dropped) break;
  }
  root.walkRules((rule) => { if (!rule.nodes.length) rule.remove(); });
}

// Returns the name that the file is served under: web/static_files.py makes it of the content as well.
function keep(name, content, { text = false } = {}) {
  made.set(name, content);
  if (text) {
    made.set(`${name}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
    made.set(`${name}.gz`, gzipSync(content, { level: 9 }));
  }
  const { name: stem, ext } = path.parse(name);
  return `${stem}.${createHash("sha256").update(content).digest("hex").slice(0, 10)}${ext}`;
}

await main();
