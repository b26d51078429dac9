import { describe, expect, it } from 'vitest';
import { findPage } from '../../../../src/host/notebook/find-page.js';
import type { PageCell, Environment } from '../../../../src/host/notebook/find-page.js';

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
function browser(page: string, answers: Answered, more: Partial<Environment> = {}) {
  const requested: string[] = [];
  const environment: Environment = {
    address: new URL(page),
    colab: null,
    jupyterBase: null,
    fetch: ({ href }) => {
      requested.push(href);
      const answer = answers[href];
      if (answer === undefined) return Promise.reject(new TypeError('Failed to fetch'));
      return Promise.resolve(new Response(answer, { status: answer === 'no' ? 404 : 200 }));
    },
    ...more,
  };
  return { requested, environment };
}

describe('the address of the page', () => {
  it('is the port itself if the notebook is on this machine', async () => {
    for (const page of ['http://localhost:8888/lab', 'http://127.0.0.1/', 'vscode-webview://abc/index.html']) {
      const { environment } = browser(page, { 'http://127.0.0.1:4321/secret/healthz': 'ok' });
      expect((await findPage(CELL, environment))?.href, page).toBe('http://127.0.0.1:4321/');
    }
  });

  it('is the proxy of a remote Jupyter server that shows the cell', async () => {
    const base = 'https://hub.example.org/user/me/proxy/4321/';
    const { environment, requested } = browser(
      'https://hub.example.org/user/me/lab/tree/a.ipynb',
      { [`${base}secret/healthz`]: 'ok', 'http://127.0.0.1:4321/secret/healthz': 'ok' },
      { jupyterBase: '/user/me/' },
    );
    expect((await findPage(CELL, environment))?.href).toBe(base);
    expect(requested).toEqual([`${base}secret/healthz`]);
  });

  it('is the first that works of those the kernel knows', async () => {
    const cell = { ...CELL, addresses: ['/one/', 'https://two.example.org/', '/three/', 'https://four.example.org/'] };
    const { environment, requested } = browser('https://nb.example.org/', {
      'https://nb.example.org/one/secret/healthz': 'no',
      'https://nb.example.org/three/secret/healthz': '<html>Sign in</html>',
      'https://four.example.org/secret/healthz': 'ok',
    });
    expect((await findPage(cell, environment))?.href).toBe('https://four.example.org/');
    expect(requested).toHaveLength(4);
  });

  it('is the proxy if a local address is a tunnel to another machine', async () => {
    const { environment } = browser(
      'http://localhost:8888/lab',
      { 'http://localhost:8888/proxy/4321/secret/healthz': 'ok' },
      { jupyterBase: '/' },
    );
    expect((await findPage(CELL, environment))?.href).toBe('http://localhost:8888/proxy/4321/');
  });

  it('is never a local port on a page from another machine', async () => {
    const { environment, requested } = browser('https://nb.example.org/', {
      'http://127.0.0.1:4321/secret/healthz': 'ok',
    });
    expect(await findPage(CELL, environment)).toBeNull();
    expect(requested).toEqual([]);
  });

  it('is what Colab gives, which allows frames but no requests', async () => {
    const colab = (port: number): Promise<string> => Promise.resolve(`https://${String(port)}-x.colab.example/`);
    const { environment, requested } = browser('https://x.googleusercontent.com/', {}, { colab });
    expect((await findPage(CELL, environment))?.href).toBe('https://4321-x.colab.example/');
    expect(requested).toEqual([]);
  });
});
