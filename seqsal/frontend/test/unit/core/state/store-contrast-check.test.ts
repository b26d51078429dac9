import { expect, it } from 'vitest';
import { makeDerive } from '../../../../src/core/state/derive.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { keyOf } from '../../../../src/core/text/token-set.js';
import { actionsIn } from '../../../../src/elements/view/check-parts.js';
import { CheckHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';
import { ABLATION, GRADIENTS, LIME } from '../../../helpers/methods.js';

/** Sentences of the tokens 1 to 3, 3 to 5, 5 to 7 and 7 to 9. */
const PROMPT = 'One two. Three four. Five six. Seven eight.';

/** The store with the token after the prompt selected, and explained against a text with which the token before it merges. */
async function contrasted(host: CheckHost, method: string, shared: number): Promise<SalienceStore> {
  const store = new SalienceStore(() => undefined, findStarts);
  store.dispatch({ type: 'adjust', choices: { method } });
  store.show({ key: '1', prompt: PROMPT, target: '' }, host);
  newest(host.generations).resolve([{ text: ' Nine.', score: null }]);
  await settled();
  newest(host.tokenizations).resolve(wordTokens(newest(host.tokenizations).input));
  await settled();
  store.dispatch({ type: 'select', span: { start: 9, end: 10 }, how: 'only' });
  store.dispatch({ type: 'contrast', versus: { text: 's', token: null } });
  const { input, resolve } = newest(host.contrasts);
  const scores = Object.fromEntries(input.methods.map((name) => [name, input.targetMask.map((_, i) => i)]));
  resolve({ scores, logprobs: [-1, -3], shared });
  await settled();
  return store;
}

it('a check of a contrast removes only what is in the part that both texts begin with', async () => {
  const [host, derive] = [new CheckHost([...GRADIENTS, ABLATION]), makeDerive()];
  const store = await contrasted(host, 'grad_l2', 8);
  expect(store.snapshot.scored?.shared).toBe(8);
  store.dispatch({ type: 'check' });
  const { input } = newest(host.checks);
  expect(input.segments.map((span) => keyOf([span]))).toEqual(['1-3', '3-5', '5-7']);
  expect(Math.max(...input.removals.flat().map(({ end }) => end))).toBe(7);
  await host.answerCheck(() => 1);
  const { checked } = derive(store.snapshot);
  expect(checked).toMatchObject({ incomplete: false, indices: [1, 2, 3], agreement: { of: 3 } });
  expect(checked?.effects[4], 'the last sentence is not removed').toBeNaN();
});

it('says that nothing can be removed where the texts begin to differ in the first segment', async () => {
  const derive = makeDerive();
  const store = await contrasted(new CheckHost([...GRADIENTS, ABLATION]), 'grad_l2', 2);
  const { snapshot } = store;
  expect(actionsIn(snapshot, derive(snapshot))).toMatchObject({
    check: true,
    obstacle: 'There is no text before the selection that could be removed.',
  });
});

it('a method that scores segments is not requested again for the segments that it left out', async () => {
  const host = new CheckHost([...GRADIENTS, LIME]);
  const store = await contrasted(host, 'lime', 8);
  expect(store.snapshot).toMatchObject({ salience: { status: 'ready' }, state: { versus: { text: 's' } } });
  expect(store.snapshot.scored?.segments['lime']).toHaveLength(3);
  expect(host.contrasts).toHaveLength(1);
});
