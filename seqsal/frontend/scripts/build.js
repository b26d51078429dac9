// Builds dist/: the module for LIT, the view over saved results and the script of a notebook's page cell as classic scripts, the
// widget for notebooks as an ES module, and the fonts that LIT's page would otherwise load from a public CDN.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'vite';
import { writeFonts } from './fonts.js';
import { writeLicenses } from './licenses.js';

const root = new URL('..', import.meta.url).pathname;
const dist = `${root}dist`;
/** The global names of the classic scripts. */
const GLOBALS = { 'seqsal': 'seqsal', 'seqsal-view': 'seqsalView', 'notebook-page': 'seqsalPage' };

/** The notice at the start of each script, also in saved pages, which come without LICENSES.txt. */
const NOTICE =
  '/* seqsal, Apache-2.0. Holds Lit, Copyright (c) 2017 Google LLC, BSD-3-Clause: see https://github.com/lit/lit/blob/main/LICENSE */\n';

await rm(dist, { recursive: true, force: true });
await bundle('seqsal', 'iife');
await bundle('seqsal-view', 'iife');
await bundle('seqsal-widget', 'es');
await bundle('notebook-page', 'iife');
await writeFonts(root, dist);
await writeLicenses(root, dist);

/** Bundles one entry of src/ with everything it imports, in one format. */
async function bundle(entry, format) {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    // Selects Lit's production build; the development build warns on each page.
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: dist,
      emptyOutDir: false,
      target: 'es2022',
      sourcemap: false,
      lib: { entry: `${root}src/${entry}.ts`, formats: [format], name: GLOBALS[entry], fileName: () => `${entry}.js` },
    },
  });
  // The text of seqsal-view.js is put into pages, so nothing in it may end a script element.
  const file = `${dist}/${entry}.js`;
  const text = await readFile(file, 'utf8');
  await writeFile(file, NOTICE + text.replaceAll(/<(?=\/script|!--)/gi, '\\x3c'));
}
