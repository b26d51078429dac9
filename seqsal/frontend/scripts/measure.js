// Prints how long heat, a method or a granularity takes in long texts: npm run measure
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { launchOptions } from './chromium.js';

const server = await createServer({
  root: new URL('../dev', import.meta.url).pathname,
  mode: 'production',
  logLevel: 'warn',
});
await server.listen(0);
const address = server.httpServer?.address();
const browser = await chromium.launch(launchOptions);
const page = await browser.newPage({ viewport: { width: 900, height: 720 } });
await page.goto(`http://localhost:${address.port}/speed.html`);
await page.waitForFunction(() => globalThis.document.title === 'done', null, { timeout: 120_000 });
console.log(await page.textContent('pre'));
await browser.close();
await server.close();
