import { beforeEach, expect, it, vi } from 'vitest';
import { newest, wordTokens } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

let stage: Stage;
const told = vi.fn();

beforeEach(async () => {
  stage = new Stage();
  told.mockReset();
  await stage.open(Array.from({ length: 120 }, (_, i) => `line${String(i)}.\n`).join(''), 'The answer.');
  await frames();
  stage.view.addEventListener('scroll', told);
});

async function frames(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

it.each([
  ['the wheel', (text: HTMLElement) => text.dispatchEvent(new WheelEvent('wheel', { bubbles: true, composed: true }))],
  ['a key', (text: HTMLElement) => text.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageUp', bubbles: true }))],
  ['the scroll bar', (text: HTMLElement) => text.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))],
])('tells of what the user does with %s', async (_, act) => {
  const text = stage.part('seqsal-text');
  act(text);
  text.scrollTop = 100;
  await frames();
  expect(told).toHaveBeenCalledOnce();
});

it('tells of a jump to a hot segment', async () => {
  stage.segment('The answer.').click();
  await stage.score((i) => (i === 5 ? 9 : 1));
  stage.store.dispatch({ type: 'adjust', choices: { ranking: true } });
  await stage.drawn();
  told.mockReset();
  stage.part('seqsal-ranking').renderRoot.querySelector<HTMLElement>('li button')?.click();
  await frames();
  expect(told).toHaveBeenCalled();
});

it('tells nothing of a click on a segment, whatever moves then', async () => {
  const span = stage.segment('The answer.');
  span.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, composed: true }));
  stage.part('seqsal-text').scrollTop -= 30;
  await frames();
  expect(told).not.toHaveBeenCalled();
});

it('tells nothing of a view that turns to a new answer', async () => {
  const prompt = Array.from({ length: 90 }, (_, i) => `other${String(i)}.\n`).join('');
  stage.store.show({ key: 'b', prompt, target: '' }, stage.host);
  await frames();
  told.mockReset();
  newest(stage.host.generations).resolve([{ text: 'Another answer.', score: null }]);
  await stage.drawn();
  newest(stage.host.tokenizations).resolve(wordTokens(newest(stage.host.tokenizations).input));
  await stage.drawn();
  await frames();
  expect(stage.part('seqsal-text').scrollTop).toBeGreaterThan(0);
  expect(told).not.toHaveBeenCalled();
});

it('tells nothing where the browser moves the text, as a line at its foot comes and goes', async () => {
  const text = stage.part('seqsal-text');
  stage.view.style.height = '360px';
  await frames();
  text.scrollTop = text.scrollHeight;
  await frames();
  const before = text.scrollTop;
  told.mockReset();
  stage.view.style.height = '400px';
  await frames();
  expect(text.scrollTop).toBeLessThan(before);
  expect(told).not.toHaveBeenCalled();
});

it('keeps the answer in sight as the view grows narrow, until the user turns away', async () => {
  const text = stage.part('seqsal-text');
  const inSight = (): boolean =>
    stage.segment('The answer.').getBoundingClientRect().bottom <= text.getBoundingClientRect().bottom;
  await stage.open(
    'A line of some words that is broken in two where there is little room.\n'.repeat(40),
    'The answer.',
  );
  await frames();
  stage.view.style.width = '330px';
  await frames();
  expect(inSight()).toBe(true);
  text.dispatchEvent(new WheelEvent('wheel', { bubbles: true, composed: true }));
  text.scrollTop = 0;
  await frames();
  stage.view.style.width = '500px';
  await frames();
  expect(text.scrollTop).toBe(0);
});
