import { afterEach, expect, it, vi } from 'vitest';
import { serverKeeper } from '../../../../src/host/lit/note-keepers.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

it.each([
  [
    'a reason of the server',
    new Response('No example 9.\n\nDetails: reference 1f3a', { status: 400 }),
    'No example 9.',
  ],
  ['a page of a proxy', new Response('<html>Bad Gateway</html>', { status: 502 }), 'The server answered 502.'],
  ['nothing', Response.error(), 'The server answered 0.'],
])('a note that is not kept fails with %s', async (_, reply, reason) => {
  vi.stubGlobal('fetch', () => Promise.resolve(reply));
  await expect(serverKeeper('dishes').load()).rejects.toThrow(reason);
});

it('a note fails with what happened if there is no server', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(serverKeeper('dishes').load()).rejects.toThrow('this note is not kept. Is it still running?');
});
