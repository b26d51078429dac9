import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fittingHeight } from '../../src/host/notebook-cell.js';
import widget from '../../src/seqsal-widget.js';
import type { SeqsalView } from '../../src/elements/view.js';
import { FakeModel } from '../unit/fake-model.js';
import { wordTokens } from '../unit/by-hand.js';

const TEXT = { prompt: 'One two', target: ' three four.' };
const ends: (() => void)[] = [];
let model: FakeModel;

beforeEach(async () => {
  model = new FakeModel({ ...TEXT, _key: 'k1', _height: 300 });
  ends.push(widget.initialize({ model }));
  await vi.waitUntil(() => model.sent.some(({ what }) => what === 'tokenize'));
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
  ends.push(widget.render({ model, el }));
  const view = el.querySelector('seqsal-view');
  if (view === null) throw new Error('The cell shows no view.');
  return view;
}

async function segment(view: SeqsalView, text: string): Promise<HTMLElement> {
  return vi.waitUntil(() => {
    const spans = view.renderRoot.querySelector('seqsal-text')?.renderRoot.querySelectorAll<HTMLElement>('.s') ?? [];
    return [...spans].find((span) => span.textContent.includes(text)) ?? false;
  });
}

describe('the view in a cell', () => {
  it('tells Python of a click, and shows it in every view of the widget', async () => {
    const [first, second] = [show(), show()];
    (await segment(first, 'three')).click();
    expect(model.get('_place')).toMatch(/^target\.\w+\.3-5$/);
    await vi.waitUntil(() => second.snapshot?.state.selection?.length === 1);
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
    await vi.waitUntil(() => view.theme === theme);
  });

  it('keeps plain keys from the shortcuts of the notebook, and lets those with Ctrl through', async () => {
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

  it('hides what a saved notebook shows in its place, and gives it back when it goes', () => {
    const saved = document.createElement('div');
    saved.className = 'seqsal-saved-k1';
    document.body.append(saved);
    show();
    expect(getComputedStyle(saved).display).toBe('none');
    for (const end of ends.splice(0)) end();
    expect(getComputedStyle(saved).display).toBe('block');
  });

  it('has the height that is asked for', () => {
    expect(show().getBoundingClientRect().height).toBeCloseTo(298, 0);
  });
});

it('takes the height that a text needs, within bounds', () => {
  const [short, long] = [fittingHeight('One.', ' Two.', 900), fittingHeight('word '.repeat(4000), '', 900)];
  expect(short).toBeLessThan(fittingHeight('One.\n'.repeat(8), ' Two.', 900));
  expect(fittingHeight('word '.repeat(150), ' Two.', 900)).toBeLessThan(
    fittingHeight('word '.repeat(150), ' Two.', 400),
  );
  expect([short, long].every((height) => height >= 220 && height <= 560)).toBe(true);
});
