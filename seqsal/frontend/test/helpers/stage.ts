import { afterEach, vi } from 'vitest';
import type { Example } from '../../src/core/state/host.js';
import { SalienceStore } from '../../src/core/state/store.js';
import '../../src/elements/view/view.js';
import type { SeqsalView } from '../../src/elements/view/view.js';
import { findStartsInWorker } from '../../src/host/pattern-worker.js';
import { HandHost, newest, settled, wordTokens } from './hand-host.js';

const mounted = new Set<Element>();

afterEach(() => {
  for (const element of mounted) element.remove();
  mounted.clear();
});

/** Waits until a condition holds, also on a slow computer, and returns its value. */
export function until<T>(condition: () => T) {
  return vi.waitUntil(condition, { timeout: 10_000 });
}

/** Puts an element on the page, with the size of a LIT module, until the test ends. */
export function mount<E extends HTMLElement>(element: E, width = 620): E {
  element.style.cssText = `width:${String(width)}px;height:400px`;
  document.body.append(element);
  mounted.add(element);
  return element;
}

/** A view over a store and a host whose answers the test gives by hand. */
export class Stage {
  readonly host: HandHost;
  readonly view: SeqsalView;
  readonly store: SalienceStore;

  /** `changed` is called after each change of the store. */
  constructor(host = new HandHost(), changed: () => void = () => undefined) {
    this.host = host;
    this.view = mount(document.createElement('seqsal-view'));
    this.store = new SalienceStore(() => {
      this.view.snapshot = this.store.snapshot;
      changed();
    }, findStartsInWorker);
    this.view.snapshot = this.store.snapshot;
    this.view.addEventListener('seqsal-action', (event) => {
      this.store.dispatch(event.detail);
    });
  }

  /** Shows a prompt and answers it: tokens are words, after one special token. */
  async open(prompt: string, response: string): Promise<void> {
    this.store.show({ key: prompt, prompt, target: '' } satisfies Example, this.host);
    newest(this.host.generations).resolve([{ text: response, score: null }]);
    await settled();
    const call = newest(this.host.tokenizations);
    call.resolve(wordTokens(call.input));
    await this.drawn();
  }

  async score(make: (i: number) => number, method = 'grad_l2'): Promise<void> {
    const call = newest(this.host.saliences);
    call.resolve({ [method]: call.input.targetMask.map((_, i) => make(i)) });
    await this.drawn();
  }

  /** Resolves when everything known is on the screen. */
  async drawn(): Promise<void> {
    await settled();
    await vi.waitUntil(() => this.store.snapshot.pattern.status !== 'pending', { timeout: 5000 });
    await this.view.updateComplete;
    for (const child of this.view.renderRoot.querySelectorAll('*')) {
      if ('updateComplete' in child) await child.updateComplete;
    }
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }

  part<K extends keyof HTMLElementTagNameMap>(name: K): HTMLElementTagNameMap[K] {
    const element = this.view.renderRoot.querySelector(name);
    if (element === null) throw new Error(`The view shows no ${name}.`);
    return element;
  }

  segments(): HTMLElement[] {
    return [...this.part('seqsal-text').renderRoot.querySelectorAll<HTMLElement>('.s')];
  }

  segment(text: string): HTMLElement {
    const found = this.segments().find((span) => span.textContent === text);
    if (!found) throw new Error(`No segment reads ${text}.`);
    return found;
  }

  /** The texts of painted segments, by their computed style rather than class names. */
  painted(): string[] {
    return this.segments()
      .filter((span) => getComputedStyle(span).backgroundColor !== 'rgba(0, 0, 0, 0)' && !span.matches('.sel'))
      .map((span) => span.textContent);
  }

  selected(): string[] {
    return this.segments()
      .filter((span) => span.ariaSelected === 'true')
      .map((span) => span.textContent);
  }
}
