import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];

/** The browser to test and measure in: $CHROMIUM, or one on the PATH. None is ever downloaded. */
export function findChromium() {
  const { CHROMIUM, PATH = '' } = process.env;
  const paths = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = CHROMIUM ?? paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error('No Chromium found. Install one, or name its program in $CHROMIUM.');
  return found;
}

/** How it is started: without a screen, as any user, and without a word to the network. */
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
