import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

/** The browser to test in: $CHROMIUM, or one on the PATH. None is ever downloaded. */
function findChromium(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
  return process.env['CHROMIUM'] ?? found ?? 'chromium';
}

const launch = {
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

export default defineConfig({
  test: {
    onConsoleLog(log) {
      // Lit's development build checks more than the one that ships, and says at each start that it is one.
      if (log.startsWith('Lit is in dev mode')) return false;
      throw new Error(`Warnings are errors, and a test has written to the console: ${log}`);
    },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node' } },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: launch }),
            instances: [{ browser: 'chromium', viewport: { width: 900, height: 700 } }],
          },
        },
      },
    ],
  },
});
