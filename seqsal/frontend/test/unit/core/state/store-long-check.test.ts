import { expect, it } from 'vitest';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { makeDerive } from '../../../../src/core/state/derive.js';
import { keyOf } from '../../../../src/core/text/token-set.js';
import type { TokenSet } from '../../../../src/core/text/token-set.js';
import { CheckHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';
import { ABLATION, CONTRAST, GRADIENTS } from '../../../helpers/methods.js';

/** Four paragraphs of ten sentences, whose words are tokens 1 to 80. */
const PROMPT = Array.from({ length: 40 }, (_, i) => `One two${(i + 1) % 10 === 0 ? '.\n\n' : '. '}`)
  .join('')
  .trim();
const ANSWER = ' Nine ten. Eleven.';

/** The store with the last sentence of the answer selected, and a map with its highest scores at the end of the text. */
async function explained(host: CheckHost): Promise<SalienceStore> {
  const store = new SalienceStore(() => undefined, findStarts);
  store.show({ key: '1', prompt: PROMPT, target: '' }, host);
  newest(host.generations).resolve([{ text: ANSWER, score: null }]);
  await settled();
  newest(host.tokenizations).resolve(wordTokens(newest(host.tokenizations).input));
  await settled();
  store.dispatch({ type: 'select', span: { start: 83, end: 84 }, how: 'only' });
  const { input, resolve } = newest(host.saliences);
  resolve(Object.fromEntries(input.methods.map((name) => [name, input.targetMask.map((_, i) => i)])));
  await settled();
  return store;
}

/** Only the first sentence matters. */
const effect = (removed: TokenSet): number => (removed.some(({ start }) => start === 1) ? 3 : 0);

it('a check of a long text removes passages before most of the segments, and then those of the passage that matters', async () => {
  const [host, derive] = [new CheckHost([...GRADIENTS, ABLATION, CONTRAST]), makeDerive()];
  const store = await explained(host);
  store.dispatch({ type: 'check' });
  const first = newest(host.checks).input.removals.map(keyOf);
  const { progress } = store.snapshot.check as { progress: { of: number } };
  expect(first.slice(0, 2)).toEqual(['81-83', '79-81']);
  expect(first.slice(8)).toContain('1-7');
  await host.answerCheck(effect);
  expect(store.snapshot.check.status).toBe('pending');
  const second = newest(host.checks).input.removals.map(keyOf);
  expect(second).toContain('1-3');
  expect(first.length + second.length).toBe(progress.of);
  await host.answerCheck(effect);
  expect(store.snapshot.check.status).toBe('ready');
  expect(host.checks).toHaveLength(2);
  const { checked } = derive(store.snapshot);
  expect(checked).toMatchObject({ incomplete: false, passage: { effect: 3 }, agreement: { strongest: 0 } });
});
