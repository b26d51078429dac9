import { readFile, writeFile } from 'node:fs/promises';

/** Third-party packages in dist/, whose licenses must be included. */
const CARRIED = [
  'lit',
  'lit-html',
  'lit-element',
  '@lit/reactive-element',
  'eventsource-parser',
  'material-icons',
  '@fontsource/roboto',
  '@fontsource/share-tech-mono',
];

/** Writes LICENSES.txt into `dist`: name, version and license text of each package that is shipped. */
export async function writeLicenses(root, dist) {
  const texts = CARRIED.map(async (name) => {
    const folder = `${root}node_modules/${name}`;
    const { version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
    const text = await readFile(`${folder}/LICENSE`, 'utf8');
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  await writeFile(`${dist}/LICENSES.txt`, (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`));
}
