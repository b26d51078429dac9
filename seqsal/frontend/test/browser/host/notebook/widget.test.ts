import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SeqsalView } from '../../../../src/elements/view/view.js';
import { fittingHeight } from '../../../../src/host/notebook/cell.js';
import widget from '../../../../src/seqsal-widget.js';
import { FakeModel } from '../../../helpers/fake-model.js';
import { wordTokens } from '../../../helpers/hand-host.js';
import { CONTRAST } from '../../../helpers/methods.js';
import { until } from '../../../helpers/stage.js';

const TEXT = { prompt: 'One two', target: ' three four.' };
const SAVED = {
  ...TEXT,
  format: 'seqsal-salience',
  version: 1,
  source: 'target',
  tokens: ['One', ' two', ' three', ' four.'],
  special_tokens_mask: [0, 0, 0, 0],
  methods: ['contrast'],
  method_descriptions: [CONTRAST],
  selected: false,
  salience: [],
  view: {},
};
const ends: (() => void)[] = [];
let model: FakeModel;

beforeEach(async () => {
  model = new FakeModel({ ...TEXT, _key: 'k1', _height: 300 });
  ends.push(widget.initialize({ model }));
  await until(() => model.sent.some(({ what }) => what === 'tokenize'));
  const { tokens, special } = wordTokens(TEXT);
  model.answer('tokenize', { tokens, special, ids: [] });
});

afterEach(() => {
  for (const end of ends.splice(0)) end();
  document.body.replaceChildren();
  delete document.body.dataset['jpThemeLight'];
  document.body.removeAttribute('class');
  document.documentElement.removeAttribute('theme');
});

function show(): SeqsalView {
  const el = document.createElement('div');
  document.body.append(el);
  ends.push(widget.render({ model, el }) as () => void);
  const view = el.querySelector('seqsal-view');
  if (view === null) throw new Error('The cell shows no view.');
  return view;
}

async function segment(view: SeqsalView, text: string): Promise<HTMLElement> {
  return until(() => {
    const spans = view.renderRoot.querySelector('seqsal-text')?.renderRoot.querySelectorAll<HTMLElement>('.s') ?? [];
    return [...spans].find((span) => span.textContent.includes(text)) ?? false;
  });
}

describe('the view in a cell', () => {
  it('shows the previous prompt with the same target next to a changed one', async () => {
    for (const end of ends.splice(0)) end();
    model = new FakeModel({ ...TEXT, _key: 'k2', _height: 300, _can_check: true });
    ends.push(widget.initialize({ model }));
    const view = show();
    await until(() => model.sent.some(({ what }) => what === 'tokenize'));
    const { tokens, special } = wordTokens(TEXT);
    model.answer('tokenize', { tokens, special, ids: [] });
    await segment(view, 'three');
    const detail = { type: 'compare', prompt: 'One six' };
    view.dispatchEvent(new CustomEvent('seqsal-action', { detail }));
    await until(() => view.parentElement?.querySelectorAll('seqsal-view').length === 2);
    expect(model.get('prompt')).toBe('One six');
    const [before] = view.parentElement?.querySelectorAll('seqsal-view') ?? [];
    expect(before?.snapshot?.example).toMatchObject(TEXT);
    await until(() => before?.snapshot?.sequence?.text === TEXT.target);
    view.parentElement?.querySelector('button')?.click();
    expect(view.parentElement?.querySelectorAll('seqsal-view').length).toBe(1);
  });

  it('sends a click to Python, and shows it in every view of the widget', async () => {
    const [first, second] = [show(), show()];
    (await segment(first, 'three')).click();
    expect(model.get('_place')).toMatch(/^target\.\w+\.3-5$/);
    await until(() => second.snapshot?.state.selection?.length === 1);
  });

  it.each([
    ['JupyterLab', () => (document.body.dataset['jpThemeLight'] = 'false'), 'dark'],
    ['JupyterLab', () => (document.body.dataset['jpThemeLight'] = 'true'), 'light'],
    ['VS Code', () => (document.body.dataset['vscodeThemeKind'] = 'vscode-dark'), 'dark'],
    [
      'Colab',
      () => {
        document.documentElement.setAttribute('theme', 'dark');
      },
      'dark',
    ],
    [
      'marimo',
      () => {
        document.body.classList.add('dark');
      },
      'dark',
    ],
  ])('follows the theme of %s', async (_, turn, theme) => {
    const view = show();
    turn();
    await until(() => view.theme === theme);
  });

  it('prevents notebook shortcuts for plain keys, but not with Ctrl', async () => {
    const view = show();
    const span = await segment(view, 'three');
    const heard: string[] = [];
    const [early, late] = [[] as boolean[], (event: KeyboardEvent): void => void heard.push(event.key)];
    const capture = (event: KeyboardEvent): void => {
      early.push((event.target as Element).closest('[data-lm-suppress-shortcuts]') !== null);
    };
    document.addEventListener('keydown', capture, { capture: true });
    document.addEventListener('keydown', late);
    for (const init of [{ key: 'd' }, { key: 's', ctrlKey: true }]) {
      span.dispatchEvent(new KeyboardEvent('keydown', { ...init, bubbles: true, composed: true }));
    }
    document.removeEventListener('keydown', capture, { capture: true });
    document.removeEventListener('keydown', late);
    expect(early).toEqual([true, false]);
    expect(heard).toEqual(['s']);
  });

  it('hides the saved output, and shows it again when it is removed', () => {
    const saved = document.createElement('div');
    saved.className = 'seqsal-saved-k1';
    document.body.append(saved);
    show();
    expect(getComputedStyle(saved).display).toBe('none');
    for (const end of ends.splice(0)) end();
    expect(getComputedStyle(saved).display).toBe('block');
  });

  it('labels the methods of the kernel as the saved result describes them', async () => {
    model.change('_methods', ['grad_l2', 'contrast']);
    model.change('_saved', SAVED);
    const view = show();
    await segment(view, 'three');
    const choices = view.renderRoot.querySelector('seqsal-toolbar')?.renderRoot.querySelectorAll('seqsal-choice');
    const method = [...(choices ?? [])].find(({ label }) => label === 'Method');
    expect(method?.options.map(({ label }) => label)).toEqual(['Grad L2', 'Contrast']);
  });

  it('has the requested height', () => {
    expect(show().getBoundingClientRect().height).toBeCloseTo(298, 0);
  });
});

describe('views in a row', () => {
  let second: FakeModel;
  let row: FakeModel;

  beforeEach(() => {
    second = new FakeModel({ prompt: 'Five', target: ' six.', _key: 'k2', _height: 300, _methods: ['grad_l2'] });
    row = new FakeModel({ _views: ['IPY_MODEL_a', 'IPY_MODEL_b'] });
    row.others.set('a', model).set('b', second);
  });

  async function showRow(width = 1000): Promise<SeqsalView[]> {
    const el = document.createElement('div');
    el.style.width = `${String(width)}px`;
    document.body.append(el);
    ends.push(widget.initialize({ model: row }), await widget.render({ model: row, el }));
    return [...el.querySelectorAll('seqsal-view')];
  }

  it('are side by side, and below each other if it is narrow', async () => {
    const tops = (views: SeqsalView[]): number[] => views.map((view) => view.getBoundingClientRect().top);
    const [[a, b], [c, d]] = [tops(await showRow(1000)), tops(await showRow(700))];
    expect(a).toBe(b);
    expect(d).toBeGreaterThan((c ?? 0) + 290);
  });

  it('share the session of a view in its own cell, and request nothing twice', async () => {
    const alone = show();
    const [first] = await showRow();
    if (first === undefined) throw new Error('The row shows no view.');
    (await segment(first, 'three')).click();
    expect(model.get('_place')).toMatch(/^target\.\w+\.3-5$/);
    await until(() => alone.snapshot?.state.selection?.length === 1);
    expect(model.sent.filter(({ what }) => what === 'tokenize')).toHaveLength(1);
  });

  it('keep working when the cell of one of them is removed', async () => {
    const [first] = await showRow();
    for (const end of ends.splice(0, 1)) end();
    if (first === undefined) throw new Error('The row shows no view.');
    const before = model.sent.length;
    await until(() => model.sent.slice(before).some(({ what }) => what === 'tokenize'));
    model.answer('tokenize', { ...wordTokens(TEXT), ids: [] });
    (await segment(first, 'three')).click();
    expect(model.get('_place')).toMatch(/^target\.\w+\.3-5$/);
  });

  it('share display choices, except a method that one of them lacks', async () => {
    await showRow();
    model.change('choices', { granularity: 'words', method: 'grad_l2' });
    expect(second.get('choices')).toEqual({ granularity: 'words', method: 'grad_l2' });
    expect(second.synced).toEqual(['choices']);
    second.change('choices', { granularity: 'lines', method: 'grad_dot_input' });
    expect(model.get('choices')).toEqual({ granularity: 'lines', method: 'grad_l2' });
    expect(second.get('choices')).toEqual({ granularity: 'lines', method: 'grad_dot_input' });
    for (const end of ends.splice(0)) end();
    expect([model.listeners, second.listeners]).toEqual([0, 0]);
  });
});

it('has the height that a text needs, within bounds', () => {
  const [short, long] = [fittingHeight('One.', ' Two.', 900), fittingHeight('word '.repeat(4000), '', 900)];
  expect(short).toBeLessThan(fittingHeight('One.\n'.repeat(8), ' Two.', 900));
  expect(fittingHeight('word '.repeat(150), ' Two.', 900)).toBeLessThan(
    fittingHeight('word '.repeat(150), ' Two.', 400),
  );
  expect([short, long].every((height) => height >= 220 && height <= 560)).toBe(true);
});
