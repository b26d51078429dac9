import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

/** The browser for tests and measurements: $CHROMIUM, or one on the PATH. None is downloaded. */
export function findChromium() {
  const { CHROMIUM, PATH = '' } = process.env;
  const paths = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = CHROMIUM ?? paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error('No Chromium found. Install one, or set $CHROMIUM to its path.');
  return found;
}

/** Starts it without a display, as any user, and without network requests of its own. */
export const launchOptions = {
  executablePath: findChromium(),
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};
