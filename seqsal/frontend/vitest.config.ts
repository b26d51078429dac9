import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions } from './scripts/chromium.js';

export default defineConfig({
  test: {
    onConsoleLog(log) {
      // Lit's development build, which checks more than the production build, logs a line at each start.
      if (log.startsWith('Lit is in dev mode')) return false;
      throw new Error(`Warnings are errors, and a test has written to the console: ${log}`);
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          // One process for all files instead of one for each: a start takes longer than the tests of a file.
          isolate: false,
        },
      },
      {
        // Bundled before the first test: a package that is found later reloads the page in the middle of a test.
        optimizeDeps: {
          include: ['axe-core', 'diff', 'eventsource-parser', 'lit', 'lit/directives/ref.js', 'lit/static-html.js'],
        },
        test: {
          name: 'browser',
          // Segments too: a browser's rules for words and sentences differ from those of Node and between versions.
          include: ['test/browser/**/*.test.ts', 'test/unit/core/text/segments*.test.ts'],
          expect: { poll: { timeout: 10_000 } }, // The default of one second is too short on a busy machine.
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions }),
            instances: [{ browser: 'chromium', viewport: { width: 900, height: 700 } }],
          },
        },
      },
    ],
  },
});
