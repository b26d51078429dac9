import { beforeEach, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { AddingHost } from '../../../helpers/adding-host.js';
import { newest, wordTokens } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

let stage: Stage;
const onScroll = vi.fn();

beforeEach(async () => {
  stage = new Stage(new AddingHost());
  onScroll.mockReset();
  await stage.open(Array.from({ length: 120 }, (_, i) => `line${String(i)}.\n`).join(''), 'The answer.');
  await frames();
  stage.view.addEventListener('scroll', onScroll);
});

async function frames(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

it.each([
  ['the wheel', (text: HTMLElement) => text.dispatchEvent(new WheelEvent('wheel', { bubbles: true, composed: true }))],
  ['a key', (text: HTMLElement) => text.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageUp', bubbles: true }))],
  ['the scroll bar', (text: HTMLElement) => text.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))],
])('reports scrolling by the user with %s', async (_, act) => {
  const text = stage.part('seqsal-text');
  act(text);
  text.scrollTop = 100;
  await frames();
  expect(onScroll).toHaveBeenCalledOnce();
});

it('reports a jump to a hot segment', async () => {
  stage.segment('The answer.').click();
  await stage.score((i) => (i === 5 ? 9 : 1));
  stage.store.dispatch({ type: 'adjust', choices: { ranking: true } });
  await stage.drawn();
  onScroll.mockReset();
  stage.part('seqsal-ranking').renderRoot.querySelector<HTMLElement>('li button')?.click();
  await frames();
  expect(onScroll).toHaveBeenCalled();
});

it('does not report scrolling after a click on a segment', async () => {
  const span = stage.segment('The answer.');
  span.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, composed: true }));
  stage.part('seqsal-text').scrollTop -= 30;
  await frames();
  expect(onScroll).not.toHaveBeenCalled();
});

it('does not report the scroll to a new answer', async () => {
  const prompt = Array.from({ length: 90 }, (_, i) => `other${String(i)}.\n`).join('');
  stage.store.show({ key: 'b', prompt, target: '' }, stage.host);
  await frames();
  onScroll.mockReset();
  newest(stage.host.generations).resolve([{ text: 'Another answer.', score: null }]);
  await stage.drawn();
  newest(stage.host.tokenizations).resolve(wordTokens(newest(stage.host.tokenizations).input));
  await stage.drawn();
  await frames();
  expect(stage.part('seqsal-text').scrollTop).toBeGreaterThan(0);
  expect(onScroll).not.toHaveBeenCalled();
});

it('does not report scrolling by the browser when a status line appears and disappears', async () => {
  const text = stage.part('seqsal-text');
  stage.view.style.height = '360px';
  await frames();
  text.scrollTop = text.scrollHeight;
  await frames();
  const before = text.scrollTop;
  onScroll.mockReset();
  stage.view.style.height = '400px';
  await frames();
  expect(text.scrollTop).toBeLessThan(before);
  expect(onScroll).not.toHaveBeenCalled();
});

it('keeps the answer in view when the view becomes narrow, until the user scrolls away', async () => {
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

it('keeps the field of an edit in view, and not the answer', async () => {
  const text = stage.part('seqsal-text');
  // Another module has scrolled here, so the view has not seen the user leave the answer.
  text.scrollTop = 0;
  await frames();
  await userEvent.dblClick(stage.segment('line3.'));
  await stage.drawn();
  await frames();
  const field = text.renderRoot.querySelector('.field') ?? expect.fail('There is no field.');
  const [here, there] = [text.getBoundingClientRect(), field.getBoundingClientRect()];
  expect(there.top).toBeGreaterThanOrEqual(here.top);
  expect(there.bottom).toBeLessThanOrEqual(here.bottom);
});

it('brings the field of an edit into view that the bar below would hide', async () => {
  const text = stage.part('seqsal-text');
  const segment = stage.segment('line60.');
  text.scrollTop += segment.getBoundingClientRect().bottom - text.getBoundingClientRect().bottom + 2;
  await frames();
  await userEvent.dblClick(segment);
  await stage.drawn();
  await frames();
  const field = text.renderRoot.querySelector('.field') ?? expect.fail('There is no field.');
  expect(field.getBoundingClientRect().bottom).toBeLessThanOrEqual(text.getBoundingClientRect().bottom);
});
