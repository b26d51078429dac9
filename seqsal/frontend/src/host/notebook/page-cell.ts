import { findPage } from './find-page.js';
import type { PageCell, Environment } from './find-page.js';

const TIMEOUT_MS = 8000;

interface ColabWindow {
  readonly google?: {
    readonly colab?: { readonly kernel?: { proxyPort(port: number, options: { cache: boolean }): Promise<string> } };
  };
}

/** Shows the page in every cell that has not shown it yet, or the reason why that is impossible. */
export function showPages(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-seqsal-page]')) {
    const cell = JSON.parse(element.dataset['seqsalPage'] ?? '') as PageCell;
    // Marks the cell as done, because the next cell runs this script again.
    delete element.dataset['seqsalPage'];
    void show(element, cell);
  }
}

async function show(element: HTMLElement, cell: PageCell): Promise<void> {
  element.replaceChildren(paragraph('Connecting to the kernel …'));
  const environment = pageEnvironment();
  const found = await findPage(cell, environment).catch(() => null);
  if (found === null) {
    element.replaceChildren(paragraph(cell.advice), again(element, cell));
    return;
  }
  const page = new URL(cell.path, found);
  // Colab allows only its own frames to open a port.
  if (cell.newTab && !environment.colab) {
    window.open(page, '_blank');
    element.replaceChildren(link(page));
  } else element.replaceChildren(frame(page, cell.height), ...(environment.colab ? [] : [link(page)]));
}

function pageEnvironment(): Environment {
  const kernel = (window as ColabWindow).google?.colab?.kernel;
  return {
    address: new URL(location.href),
    colab: kernel ? (port): Promise<string> => kernel.proxyPort(port, { cache: true }) : null,
    jupyterBase: jupyterBase(),
    fetch: (url) => fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) }),
  };
}

/** JupyterLab and Notebook 7 have it in their page's configuration, the classic notebook in an attribute. */
function jupyterBase(): string | null {
  const config = document.getElementById('jupyter-config-data')?.textContent;
  const { baseUrl } = JSON.parse(config ?? '{}') as { readonly baseUrl?: string };
  return baseUrl ?? document.body.dataset['baseUrl'] ?? null;
}

function frame(page: URL, height: number): HTMLIFrameElement {
  const element = document.createElement('iframe');
  element.src = page.href;
  element.title = 'Sequence Salience';
  element.allow = 'clipboard-read; clipboard-write';
  element.style.cssText = `display: block; width: 100%; height: ${String(height)}px; border: 0`;
  return element;
}

function link(page: URL): HTMLElement {
  const element = paragraph('');
  const anchor = document.createElement('a');
  anchor.href = page.href;
  anchor.target = '_blank';
  anchor.rel = 'noopener noreferrer';
  anchor.textContent = 'Open Sequence Salience in a new tab';
  element.append(anchor);
  return element;
}

function again(element: HTMLElement, cell: PageCell): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Try again';
  button.addEventListener('click', () => void show(element, cell));
  return button;
}

function paragraph(text: string): HTMLParagraphElement {
  const element = document.createElement('p');
  element.style.cssText = 'margin: 0.5em 0; font: 14px/1.5 system-ui, sans-serif; max-width: 70ch';
  element.textContent = text;
  return element;
}
