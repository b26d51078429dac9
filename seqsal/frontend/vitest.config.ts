import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions } from './scripts/chromium.js';

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
          // Segments too: a browser's rules for words and sentences are not those of Node, nor of the last version.
          include: ['test/browser/**/*.test.ts', 'test/unit/core/text/segments*.test.ts'],
          expect: { poll: { timeout: 10_000 } }, // A second is little on a busy machine.
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
