import { copyFile, mkdir, writeFile } from 'node:fs/promises';

const SUBSETS = {
  'latin':
    'U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, U+2191, U+2193, U+2212, U+2215, U+FEFF, U+FFFD',
  'latin-ext':
    'U+0100-02BA, U+02BD-02C5, U+02C7-02CC, U+02CE-02D7, U+02DD-02FF, U+1D00-1DBF, U+1E00-1E9F, U+1EF2-1EFF, U+20A0-20AB, U+20AD-20C0, U+2113, U+2C60-2C7F, U+A720-A7FF',
  'cyrillic': 'U+0301, U+0400-045F, U+0490-0491, U+04B0-04B1, U+2116',
  'greek': 'U+0370-03FF',
  'vietnamese': 'U+0102-0103, U+0110-0111, U+0128-0129, U+0168-0169, U+01A0-01A1, U+01AF-01B0, U+1EA0-1EF9, U+20AB',
};
const WEIGHTS = [400, 500, 700];

/**
 * The font families by the names that LIT's page requests. Google Sans may not be redistributed, so Roboto replaces it. Scripts
 * outside of these subsets, and emoji, come from the system's fonts, as the browser chooses.
 */
function faces() {
  const roboto = Object.entries(SUBSETS).flatMap(([subset, range]) =>
    WEIGHTS.flatMap((weight) =>
      ['Roboto', 'Google Sans'].map((family) => ({
        family,
        weight,
        range,
        from: `@fontsource/roboto/files/roboto-${subset}-${weight}-normal.woff2`,
      })),
    ),
  );
  return [
    ...roboto,
    {
      family: 'Share Tech Mono',
      weight: 400,
      from: '@fontsource/share-tech-mono/files/share-tech-mono-latin-400-normal.woff2',
    },
    { family: 'Material Icons', weight: 400, from: 'material-icons/iconfont/material-icons.woff2', block: true },
    {
      family: 'Material Icons Outlined',
      weight: 400,
      from: 'material-icons/iconfont/material-icons-outlined.woff2',
      block: true,
    },
  ];
}

/** `block`: an icon is invisible until its font has loaded, instead of showing its name. */
function rule({ family, weight, range, from, block }) {
  return `@font-face {
  font-family: '${family}';
  font-style: normal;
  font-weight: ${weight};
  font-display: ${block ? 'block' : 'swap'};
  src: url(fonts/${from.split('/').at(-1)}) format('woff2');${range ? `\n  unicode-range: ${range};` : ''}
}
`;
}

/** Writes fonts.css and fonts/*.woff2 into `dist`. */
export async function writeFonts(root, dist) {
  await mkdir(`${dist}/fonts`, { recursive: true });
  const all = faces();
  for (const { from } of all) {
    await copyFile(`${root}node_modules/${from}`, `${dist}/fonts/${from.split('/').at(-1)}`);
  }
  await writeFile(`${dist}/fonts.css`, all.map(rule).join(''));
}
