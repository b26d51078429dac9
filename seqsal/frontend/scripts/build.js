// Builds dist/: the module as one classic script, and the fonts that LIT's page otherwise takes from a public CDN.
import { rm } from 'node:fs/promises';
import { build } from 'vite';
import { writeFonts } from './fonts.js';
import { writeLicenses } from './licenses.js';

const root = new URL('..', import.meta.url).pathname;
const dist = `${root}dist`;

await rm(dist, { recursive: true, force: true });
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  // Lit's production build; without it, each page warns of a development mode.
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir: dist,
    target: 'es2022',
    sourcemap: false,
    lib: { entry: `${root}src/seqsal.ts`, formats: ['iife'], name: 'seqsal', fileName: () => 'seqsal.js' },
  },
});
await writeFonts(root, dist);
await writeLicenses(root, dist);
