import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Action } from '../../../../src/core/state/action.js';
import { findLitModule } from '../../../../src/host/lit/module-class.js';
import { defineSalienceModule, MODULE_NAME } from '../../../../src/host/lit/salience-module.js';
import type { LitInput } from '../../../../src/host/lit/types.js';
import { FakeLitModule, defineFakeLit } from '../../../helpers/fake-lit.js';
import { settled } from '../../../helpers/hand-host.js';
import { mount } from '../../../helpers/stage.js';

defineFakeLit();
const base = findLitModule();
if (base) defineSalienceModule(base);

function input(id: string, prompt: string): LitInput {
  return { id, data: { prompt, _id: id }, meta: {} };
}

/** Requests by model and prompt id, answered by hand. */
let waiting: { url: string; body: string; signal: AbortSignal; answer: (body: string) => void }[];

beforeEach(() => {
  waiting = [];
  vi.stubGlobal('fetch', (url: string, { body, signal }: { body: string; signal: AbortSignal }) => {
    return new Promise((resolve) => {
      const answer = (text: string): void => {
        resolve(new Response(text));
      };
      waiting.push({ url, body, signal, answer });
    });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function open(): FakeLitModule {
  const module: HTMLElement = document.createElement(MODULE_NAME);
  if (!(module instanceof FakeLitModule)) throw new Error('The module does not extend the base class.');
  return mount(module);
}

async function select(module: FakeLitModule, chosen: LitInput | null): Promise<void> {
  module.selectionService.primarySelectedInputData = chosen;
  module.react();
  await drawn(module);
}

async function drawn(module: FakeLitModule): Promise<void> {
  await settled();
  await module.updateComplete;
  await module.renderRoot.querySelector('seqsal-view')?.updateComplete;
}

function shown(module: FakeLitModule): string {
  return module.renderRoot.querySelector('seqsal-view')?.renderRoot.textContent ?? '';
}

describe('the module', () => {
  it('follows the selection, and drops late answers', async () => {
    const module = open();
    await select(module, input('a', 'First'));
    const [first] = waiting;
    expect(first?.body).toBe('{"inputs":["a"]}');
    await select(module, input('b', 'Second'));
    expect(first?.signal.aborted).toBe(true);
    first?.answer('[{"response": " late"}]');
    await drawn(module);
    const view = module.renderRoot.querySelector('seqsal-view');
    expect(view?.snapshot).toMatchObject({ example: { prompt: 'Second' }, sequences: [] });
    waiting[1]?.answer('[{"response": " in time"}]');
    await expect.poll(() => view?.snapshot?.sequence?.text).toBe(' in time');
  });

  it('sends one request however often LIT repeats the same selection', async () => {
    const module = open();
    await select(module, input('a', 'First'));
    await select(module, input('a', 'First'));
    expect(waiting).toHaveLength(1);
    expect(waiting[0]?.signal.aborted).toBe(false);
  });

  it('cancels requests when it is removed, and starts again when it is back', async () => {
    const module = open();
    await select(module, input('a', 'First'));
    module.remove();
    expect(waiting[0]?.signal.aborted).toBe(true);
    document.body.append(module);
    await drawn(module);
    expect(waiting).toHaveLength(2);
  });

  it('explains what a model without salience lacks', async () => {
    const module = open();
    module.model = 'alone';
    await select(module, input('a', 'First'));
    module.requestUpdate();
    await drawn(module);
    expect(shown(module)).toContain('This needs a model named _alone_salience in addition to alone.');
    expect(waiting).toEqual([]);
  });

  it('shares display choices with other modules, but not the selection', async () => {
    const [one, other] = [open(), open()];
    await select(one, input('a', 'First'));
    await select(other, input('b', 'Second'));
    const [from, to] = [one, other].map((module) => module.renderRoot.querySelector('seqsal-view'));
    const detail = { type: 'adjust', choices: { aggregation: 'mean' } } as const;
    from?.dispatchEvent(new CustomEvent('seqsal-action', { detail }));
    await drawn(other);
    expect(to?.snapshot?.state.aggregation).toBe('mean');
    const later = open();
    await drawn(later);
    expect(later.renderRoot.querySelector('seqsal-view')?.snapshot?.state.aggregation).toBe('mean');
    const span = { start: 0, end: 1 };
    from?.dispatchEvent(new CustomEvent('seqsal-action', { detail: { type: 'select', span, how: 'only' } }));
    await drawn(other);
    expect(to?.snapshot?.state.selection).toBeNull();
  });
});

/** The address is written a little after what it says is drawn. */
const written = (): Promise<void> => new Promise((done) => setTimeout(done, 120));

describe('the address of the page', () => {
  const before = location.href;

  afterEach(() => {
    history.replaceState(null, '', before);
  });

  async function answerAll(module: FakeLitModule): Promise<void> {
    for (const { url, body, answer } of waiting.splice(0)) {
      const { length } = (JSON.parse(body) as { inputs: unknown[] }).inputs;
      const one = url.includes('_tokenizer')
        ? '{"tokens": ["Hi", " a", " b"], "special_tokens_mask": [0, 0, 0]}'
        : url.includes('_salience')
          ? '{"grad_l2": [1, 1, 0]}'
          : '{"response": " a b"}';
      answer(`[${Array<string>(length).fill(one).join()}]`);
    }
    await drawn(module);
  }

  async function answered(): Promise<FakeLitModule> {
    const module = open();
    await select(module, input('a', 'Hi'));
    for (let i = 0; i < 4; i++) await answerAll(module);
    return module;
  }

  function act(module: FakeLitModule, action: Action): void {
    module.renderRoot.querySelector('seqsal-view')?.dispatchEvent(new CustomEvent('seqsal-action', { detail: action }));
  }

  it('keeps choices and selection when LIT rewrites its own part', async () => {
    const module = await answered();
    act(module, { type: 'adjust', choices: { scaling: 'rank' } });
    act(module, { type: 'select', span: { start: 2, end: 3 }, how: 'only' });
    await drawn(module);
    await written();
    const ours = (): string[] =>
      [...new URLSearchParams(location.search).keys()].filter((key) => key.startsWith('seqsal'));
    expect(new URLSearchParams(location.search).get('seqsal.scaling')).toBe('rank');
    expect(new URLSearchParams(location.search).get('seqsal.at.selected.toy')).toMatch(/^response\.\w+\.2-3$/);
    const keys = ours();
    history.replaceState({}, '', `${location.pathname}?models=toy`);
    expect(ours()).toEqual(keys);
    expect(new URLSearchParams(location.search).get('models')).toBe('toy');
  });

  it('restores the place of a module that comes back', async () => {
    const module = await answered();
    act(module, { type: 'select', span: { start: 1, end: 3 }, how: 'range' });
    await drawn(module);
    module.remove();
    const again = await answered();
    const state = again.renderRoot.querySelector('seqsal-view')?.snapshot?.state;
    expect(state?.selection).toEqual([{ start: 1, end: 3 }]);
  });

  it('follows an example that is pinned: LIT makes its module the pinned one', async () => {
    const module = await answered();
    act(module, { type: 'select', span: { start: 1, end: 3 }, how: 'range' });
    Object.assign(module, { selectionServiceIndex: 1 });
    module.react();
    await written();
    const place = new URLSearchParams(location.search).get('seqsal.at.pinned.toy');
    expect(place).toMatch(/\.1-3$/);
    expect(module.renderRoot.querySelector('seqsal-view')?.snapshot?.state.selection).toEqual([{ start: 1, end: 3 }]);
    await select(module, input('c', 'Another'));
    expect(new URLSearchParams(location.search).get('seqsal.at.pinned.toy')).toBe(place);
  });

  it('does not apply the place of one example to the next', async () => {
    const module = await answered();
    act(module, { type: 'select', span: { start: 1, end: 3 }, how: 'range' });
    await select(module, input('other', 'Hi'));
    for (let i = 0; i < 4; i++) await answerAll(module);
    const snapshot = module.renderRoot.querySelector('seqsal-view')?.snapshot;
    expect(snapshot?.tokens.status).toBe('ready');
    expect(snapshot?.state.selection).toBeNull();
  });

  it('has a separate place for the pinned example', async () => {
    const pinned = open();
    Object.assign(pinned, { selectionServiceIndex: 1 });
    await select(pinned, input('b', 'Hi'));
    for (let i = 0; i < 4; i++) await answerAll(pinned);
    act(pinned, { type: 'select', span: { start: 1, end: 2 }, how: 'only' });
    await drawn(pinned);
    await written();
    expect(new URLSearchParams(location.search).get('seqsal.at.pinned.toy')).toMatch(/\.1-2$/);
  });
});
