import { expect, it } from 'vitest';
import { newest } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const WORDS = 8000;

const words = Array.from({ length: WORDS }, (_, i) => `word${String(i % 97)}${i % 12 === 11 ? '.\n' : ''}`);

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

// `npm run measure` says how long a frame takes.
it('paints heat over 8,000 words, one span each, in the next frame, without rebuilding the text', async () => {
  const stage = new Stage();
  await stage.open(words.join(' '), ' An answer of some words.');
  stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'words', pattern: '', role: 'ends' } } });
  await stage.drawn();
  const spans = stage.segments();
  expect(spans.length).toBeGreaterThan(WORDS);
  const answer = spans.at(-2);
  answer?.click();
  await nextFrame();
  const { input, resolve } = newest(stage.host.saliences);
  resolve({ grad_l2: input.targetMask.map((_, i) => i % 31) });
  await nextFrame();
  expect(stage.painted().length).toBeGreaterThan(WORDS * 0.9);
  expect(stage.segments().every((span, i) => span === spans[i])).toBe(true);
});
