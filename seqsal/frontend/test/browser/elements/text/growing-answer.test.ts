import { beforeEach, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { newest, wordTokens } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const LINES = Array.from({ length: 120 }, (_, i) => `line ${String(i)}.\n`);
let stage: Stage;

beforeEach(() => {
  stage = new Stage();
  const prompt = LINES.join('');
  stage.store.show({ key: prompt, prompt, target: '' }, stage.host);
});

async function write(lines: number): Promise<void> {
  stage.host.report({ stage: 'writing', text: LINES.slice(0, lines).join('') });
  await stage.drawn();
  for (let i = 0; i < 4; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

/** How many pixels of the answer are below what can be seen. */
function below(): number {
  const text = stage.part('seqsal-text');
  const answer = text.renderRoot.querySelector('.target')?.getBoundingClientRect();
  return (answer?.bottom ?? NaN) - text.getBoundingClientRect().bottom;
}

it('keeps its end in view while it grows, and after a stop', async () => {
  for (const lines of [1, 2, 5, 40]) {
    await write(lines);
    // A line of status at the foot may come at any moment, and moves the text a frame later.
    await expect.poll(below).toBeLessThanOrEqual(1);
  }
  stage.store.dispatch({ type: 'stop', what: 'generation' });
  await stage.drawn();
  expect(stage.part('seqsal-text').hasAttribute('stopped')).toBe(true);
  await expect.poll(below).toBeLessThanOrEqual(1);
});

it('does not scroll after the user has scrolled away', async () => {
  await write(2);
  const text = stage.part('seqsal-text');
  text.dispatchEvent(new WheelEvent('wheel', { bubbles: true, composed: true }));
  text.scrollTop = 0;
  await write(40);
  expect(text.scrollTop).toBe(0);
});

it('shows its start once it is complete', async () => {
  await write(40);
  newest(stage.host.generations).resolve([{ text: LINES.join(''), score: null }]);
  await stage.drawn();
  await expect.poll(() => stage.host.tokenizations.length).toBe(1);
  const call = newest(stage.host.tokenizations);
  call.resolve(wordTokens(call.input));
  await stage.drawn();
  const text = stage.part('seqsal-text').getBoundingClientRect();
  const answer = stage.part('seqsal-text').renderRoot.querySelector('.target')?.getBoundingClientRect();
  expect(answer?.top).toBeGreaterThan(text.top);
  expect(answer?.top).toBeLessThan(text.bottom);
});

it('keeps counting the seconds after it is moved on the page', async () => {
  await stage.drawn();
  const parent = document.createElement('div');
  document.body.append(parent);
  parent.append(stage.view);
  await expect.element(page.getByRole('button', { name: 'Stop' })).toBeVisible();
  parent.remove();
});
