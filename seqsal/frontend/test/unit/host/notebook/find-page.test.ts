import { describe, expect, it } from 'vitest';
import { findPage } from '../../../../src/host/notebook/find-page.js';
import type { PageCell, Surroundings } from '../../../../src/host/notebook/find-page.js';

const CELL: PageCell = {
  port: 4321,
  addresses: [],
  health: 'secret/healthz',
  path: 'secret/',
  height: 700,
  newTab: false,
  advice: '',
};

type Answered = Readonly<Record<string, string>>;

/** A browser on a page, and what each address answers; all others refuse the connection. */
function browser(page: string, answers: Answered, more: Partial<Surroundings> = {}) {
  const asked: string[] = [];
  const around: Surroundings = {
    address: new URL(page),
    colab: null,
    jupyterBase: null,
    fetch: ({ href }) => {
      asked.push(href);
      const answer = answers[href];
      if (answer === undefined) return Promise.reject(new TypeError('Failed to fetch'));
      return Promise.resolve(new Response(answer, { status: answer === 'no' ? 404 : 200 }));
    },
    ...more,
  };
  return { asked, around };
}

describe('the way to the page', () => {
  it('is the port itself where the notebook is on this machine', async () => {
    for (const page of ['http://localhost:8888/lab', 'http://127.0.0.1/', 'vscode-webview://abc/index.html']) {
      const { around } = browser(page, { 'http://127.0.0.1:4321/secret/healthz': 'ok' });
      expect((await findPage(CELL, around))?.href, page).toBe('http://127.0.0.1:4321/');
    }
  });

  it('is the proxy of the Jupyter server that shows the cell where that is elsewhere', async () => {
    const base = 'https://hub.example.org/user/me/proxy/4321/';
    const { around, asked } = browser(
      'https://hub.example.org/user/me/lab/tree/a.ipynb',
      { [`${base}secret/healthz`]: 'ok', 'http://127.0.0.1:4321/secret/healthz': 'ok' },
      { jupyterBase: '/user/me/' },
    );
    expect((await findPage(CELL, around))?.href).toBe(base);
    expect(asked).toEqual([`${base}secret/healthz`]);
  });

  it('is found by trying what the kernel knows, in order, past what refuses, fails or is another server', async () => {
    const cell = { ...CELL, addresses: ['/one/', 'https://two.example.org/', '/three/', 'https://four.example.org/'] };
    const { around, asked } = browser('https://nb.example.org/', {
      'https://nb.example.org/one/secret/healthz': 'no',
      'https://nb.example.org/three/secret/healthz': '<html>Sign in</html>',
      'https://four.example.org/secret/healthz': 'ok',
    });
    expect((await findPage(cell, around))?.href).toBe('https://four.example.org/');
    expect(asked).toHaveLength(4);
  });

  it('is the proxy where a local address leads to another machine through a tunnel', async () => {
    const { around } = browser(
      'http://localhost:8888/lab',
      { 'http://localhost:8888/proxy/4321/secret/healthz': 'ok' },
      { jupyterBase: '/' },
    );
    expect((await findPage(CELL, around))?.href).toBe('http://localhost:8888/proxy/4321/');
  });

  it('is never a port of this machine on the page of another one', async () => {
    const { around, asked } = browser('https://nb.example.org/', { 'http://127.0.0.1:4321/secret/healthz': 'ok' });
    expect(await findPage(CELL, around)).toBeNull();
    expect(asked).toEqual([]);
  });

  it('is what Colab says, which lets frames through and no requests', async () => {
    const colab = (port: number): Promise<string> => Promise.resolve(`https://${String(port)}-x.colab.example/`);
    const { around, asked } = browser('https://x.googleusercontent.com/', {}, { colab });
    expect((await findPage(CELL, around))?.href).toBe('https://4321-x.colab.example/');
    expect(asked).toEqual([]);
  });
});
