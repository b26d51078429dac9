// Builds dist/: the module for LIT, the view over saved results and what a notebook's cell runs to show the page as one
// classic script each, the widget for notebooks as an ES module, and the fonts that LIT's page otherwise takes from a public CDN.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'vite';
import { writeFonts } from './fonts.js';
import { writeLicenses } from './licenses.js';

const root = new URL('..', import.meta.url).pathname;
const dist = `${root}dist`;
/** The names under which a page finds what the scripts offer. */
const GLOBALS = { 'seqsal': 'seqsal', 'seqsal-view': 'seqsalView', 'notebook-page': 'seqsalPage' };

/** Goes where the text of a script goes, into saved pages too, which LICENSES.txt does not accompany. */
const NOTICE =
  '/* seqsal, Apache-2.0. Holds Lit, Copyright (c) 2017 Google LLC, BSD-3-Clause: see https://github.com/lit/lit/blob/main/LICENSE */\n';

await rm(dist, { recursive: true, force: true });
await bundle('seqsal', 'iife');
await bundle('seqsal-view', 'iife');
await bundle('seqsal-widget', 'es');
await bundle('notebook-page', 'iife');
await writeFonts(root, dist);
await writeLicenses(root, dist);

/** Makes one entry of src/ a script of one format that brings along all that it needs. */
async function bundle(entry, format) {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    // Lit's production build; without it, each page warns of a development mode.
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: dist,
      emptyOutDir: false,
      target: 'es2022',
      sourcemap: false,
      lib: { entry: `${root}src/${entry}.ts`, formats: [format], name: GLOBALS[entry], fileName: () => `${entry}.js` },
    },
  });
  // The text of seqsal-view.js is put into pages: nothing in it may end a script element.
  const file = `${dist}/${entry}.js`;
  const text = await readFile(file, 'utf8');
  await writeFile(file, NOTICE + text.replaceAll(/<(?=\/script|!--)/gi, '\\x3c'));
}
