import { LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findLitModule } from '../../src/host/lit-base.js';
import { MODULE_NAME, defineLitModule } from '../../src/host/lit-module.js';
import type { LitInput, LitModelInfos, LitModuleClass, LitModuleElement, LitSpec } from '../../src/host/lit-types.js';
import { settled } from '../unit/by-hand.js';
import { mount } from './mount.js';

/** As much of LIT's own classes as the adapter meets: the same chain, the same names. */
class FakeLitModule extends LitElement {
  static shouldDisplayModule(): boolean {
    return true;
  }
  model = 'toy';
  readonly selectionService: { primarySelectedInputData: LitInput | null } = { primarySelectedInputData: null };
  readonly appState = { currentDataset: 'prompts', metadata: { models: MODELS } };
  #reactions: (() => void)[] = [];

  reactImmediately<T>(watch: () => T, effect: (value: T) => void): void {
    this.#reactions.push(() => {
      effect(watch());
    });
    this.react();
  }

  react(): void {
    for (const reaction of this.#reactions) reaction();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#reactions = [];
  }

  protected override render(): TemplateResult {
    return (this as unknown as LitModuleElement).renderImpl();
  }
}
class FakeExampleModule extends FakeLitModule {}
class FakeSalienceModule extends FakeExampleModule {}

const spec = (fields: Record<string, string>): LitSpec =>
  Object.fromEntries(Object.entries(fields).map(([key, name]) => [key, { name }]));
const model = (fields: Record<string, string>): LitModelInfos[string] => ({
  spec: { input: {}, output: spec(fields) },
});
const MODELS: LitModelInfos = {
  toy: model({ response: 'GeneratedText' }),
  _toy_tokenizer: model({ tokens: 'Tokens', special_tokens_mask: 'TokenScores' }),
  _toy_salience: model({ grad_l2: 'TokenScores' }),
  alone: model({ response: 'GeneratedText' }),
};

customElements.define('sequence-salience-module', FakeSalienceModule);
const base = findLitModule();
if (base) defineLitModule(base);

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

describe('the base class', () => {
  it("is the one that owns shouldDisplayModule, above LIT's own module", () => {
    expect(base).toBe(FakeLitModule);
  });
});

describe('the module', () => {
  it('is shown where a model writes text, and nowhere else', () => {
    const type = customElements.get(MODULE_NAME) as unknown as LitModuleClass;
    expect(type.shouldDisplayModule({ alone: model({ response: 'GeneratedTextCandidates' }) }, {})).toBe(true);
    expect(type.shouldDisplayModule({ m: model({ probas: 'MulticlassPreds' }) }, {})).toBe(false);
    expect(type.shouldDisplayModule({ m: model({}), _m_salience: model({}) }, {})).toBe(true);
  });

  it('follows the selection, and drops what comes late', async () => {
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

  it('asks once, however often it is told of the same selection', async () => {
    const module = open();
    await select(module, input('a', 'First'));
    await select(module, input('a', 'First'));
    expect(waiting).toHaveLength(1);
    expect(waiting[0]?.signal.aborted).toBe(false);
  });

  it('stops asking when it leaves the page, and starts anew when it is back', async () => {
    const module = open();
    await select(module, input('a', 'First'));
    module.remove();
    expect(waiting[0]?.signal.aborted).toBe(true);
    document.body.append(module);
    await drawn(module);
    expect(waiting).toHaveLength(2);
  });

  it('says what a model lacks that has no salience', async () => {
    const module = open();
    module.model = 'alone';
    await select(module, input('a', 'First'));
    module.requestUpdate();
    await drawn(module);
    expect(shown(module)).toContain('This needs a model named _alone_salience beside alone.');
    expect(waiting).toEqual([]);
  });

  it('shares display choices with the ones beside it, but not the selection', async () => {
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
    from?.dispatchEvent(new CustomEvent('seqsal-action', { detail: { type: 'select', span, extend: false } }));
    await drawn(other);
    expect(to?.snapshot?.state.selection).toBeNull();
  });
});
