import { beforeEach, describe, expect, it } from 'vitest';
import type { Unit } from '../../../../src/core/text/boundaries.js';
import type { SeqsalText } from '../../../../src/elements/text/text.js';
import { newest, settled } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const LINES = Array.from({ length: 400 }, (_, i) => {
  const indent = '  '.repeat(i % 4);
  return `${indent}Line ${String(i)} has words. ${'And some more of them. '.repeat(i % 5)}\n${i % 7 === 0 ? '\n' : ''}`;
});

let stage: Stage;
let text: SeqsalText;

async function open(): Promise<void> {
  stage = new Stage();
  const prompt = LINES.join('');
  stage.store.show({ key: 'long', prompt, target: '' }, stage.host);
  newest(stage.host.generations).resolve([{ text: ' So.', score: null }]);
  await settled();
  const tokens = [prompt, ' So.'].flatMap((part) => part.match(/ ?\w+|\n|[^\S\n]+|\W/gu) ?? []);
  newest(stage.host.tokenizations).resolve({ tokens, special: [] });
  text = stage.part('seqsal-text');
  await measuredAfter(() => stage.drawn());
}

function measuredAfter(act: () => Promise<void> | void): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      resolve();
    };
    text.addEventListener('seqsal-measured', done, { once: true });
    void act();
  });
}

function cut(unit: Unit): void {
  stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit, pattern: '', role: 'ends' } } });
}

function blocks(): HTMLElement[] {
  return [...text.renderRoot.querySelectorAll<HTMLElement>('.block')];
}

/** Where each segment really begins, with everything laid out. */
function realPositions(): number[] {
  for (const block of blocks()) block.style.contentVisibility = 'visible';
  const origin = text.getBoundingClientRect().top - text.scrollTop;
  const tops = [...text.renderRoot.querySelectorAll('.s, .special')].map((span) => span.getBoundingClientRect().top);
  const shares = tops.map((top) => (top - origin) / text.scrollHeight);
  for (const block of blocks()) block.style.contentVisibility = '';
  return shares;
}

/** The largest distance, in pixels of the whole text. */
function farthest(positions: Float64Array, expected: readonly number[]): number {
  expect(positions).toHaveLength(expected.length);
  return Math.max(...expected.map((share, i) => Math.abs(share - (positions[i] ?? NaN)) * text.scrollHeight));
}

beforeEach(open);

describe('a long text', () => {
  it('is laid out only where it is in view', () => {
    const seen = blocks().map((block) => block.firstElementChild?.checkVisibility({ contentVisibilityAuto: true }));
    expect(seen.at(-1)).toBe(true);
    expect(seen.filter((visible) => visible).length).toBeLessThan(seen.length / 2);
  });

  it('has the same height with and without layout', () => {
    const height = text.scrollHeight;
    for (const block of blocks()) block.style.contentVisibility = 'visible';
    expect(text.scrollHeight).toBe(height);
  });

  it('has the same blocks with any segmentation', async () => {
    const expected = blocks().map((block) => block.textContent);
    expect(expected.length).toBeGreaterThan(10);
    for (const unit of ['words', 'tokens', 'lines'] as const) {
      cut(unit);
      await stage.drawn();
      expect(blocks().map((block) => block.textContent)).toEqual(expected);
    }
  });

  it.each(['words', 'sentences', 'tokens', 'paragraphs'] as const)(
    'knows where each segment of it is, cut into %s',
    async (unit) => {
      if (unit !== 'sentences') {
        await measuredAfter(() => {
          cut(unit);
        });
      }
      expect(farthest(text.positions(), realPositions())).toBeLessThan(2);
    },
  );

  it('knows the positions again after its width changes', async () => {
    await measuredAfter(() => {
      stage.view.style.width = '410px';
    });
    expect(farthest(text.positions(), realPositions())).toBeLessThan(2);
  });

  it('knows the positions again after the line height changes', async () => {
    await measuredAfter(() => {
      stage.store.dispatch({ type: 'adjust', choices: { density: 'compact' } });
    });
    expect(farthest(text.positions(), realPositions())).toBeLessThan(2);
  });

  it('knows the positions again after it is removed and inserted with another width', async () => {
    const parent = stage.view.parentElement;
    stage.view.remove();
    stage.view.style.width = '500px';
    parent?.append(stage.view);
    await expect.poll(() => farthest(text.positions(), realPositions())).toBeLessThan(2);
  });

  it('is painted also where it is not laid out', async () => {
    cut('words');
    await stage.drawn();
    stage.segments().at(-1)?.click();
    await stage.score((i) => 1 + (i % 7));
    expect(stage.painted().length).toBe(stage.segments().length - 1);
  });
});
