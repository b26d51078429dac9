import { describe, expect, it } from 'vitest';
import { readSaved } from '../../../../src/core/saved/reader.js';
import { restoreSaved, saveSnapshot } from '../../../../src/core/saved/result.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { createSavedHost } from '../../../../src/host/saved/host.js';
import { ThinkingHost, findStarts, newest, settled, thinkingTokens } from '../../../helpers/hand-host.js';

const PROMPT = 'user:\nWho came?';
const ANSWER = ' <think> Hm. </think> It was Ann.';

/** A store where the last sentence is explained, with what the host answers. */
async function explained(through: boolean): Promise<{ store: SalienceStore; host: ThinkingHost }> {
  const host = new ThinkingHost();
  const store = new SalienceStore(() => undefined, findStarts);
  store.show({ key: '1', prompt: PROMPT, target: '' }, host);
  store.dispatch({ type: 'adjust', choices: { through } });
  newest(host.generations).resolve([{ text: ANSWER, score: null }]);
  await settled();
  const call = newest(host.tokenizations);
  call.resolve({ ...thinkingTokens(call.input), omitted: [{ start: 2, end: 4 }] });
  await settled();
  const tokens = thinkingTokens(call.input);
  const count = tokens.tokens.length;
  store.dispatch({ type: 'select', span: { start: count - 3, end: count }, how: 'only' });
  newest(host.saliences).resolve({
    grad_l2: tokens.tokens.map((_, i) => i),
    grad_dot_input: tokens.tokens.map(() => 1),
  });
  await settled();
  return { store, host };
}

describe('a saved result of an answer that reasons', () => {
  it.each([false, true])('has its thinking, and what is passed on: %s', async (through) => {
    const { store, host } = await explained(through);
    expect(newest(host.saliences).input.through).toBe(through || undefined);
    const saved = saveSnapshot(store.snapshot, true);
    expect(saved).toMatchObject({
      thinking: [[10, 13]],
      omitted: [[2, 4]],
      view: through ? { thinking: 'passed on' } : {},
    });
    expect(saved?.salience[0]?.through_thinking).toBe(through || undefined);
    const restored = restoreSaved(readSaved(JSON.parse(JSON.stringify(saved))));
    expect(restored.tokens).toMatchObject({ thinking: [{ start: 10, end: 13 }], omitted: [{ start: 2, end: 4 }] });
    expect(restored.choices.through).toBe(through);
    expect(restored.salience[0]?.through).toBe(through);
  });

  it.each([false, true])('has a check next to the map that it is about: %s', async (through) => {
    const { store, host } = await explained(through);
    store.dispatch({ type: 'check' });
    expect(newest(host.checks).input.through).toBe(through);
    await host.answerCheck(([span]) => span?.start ?? 0);
    const saved = saveSnapshot(store.snapshot, true);
    expect(saved?.salience[0]?.checks).toHaveLength(1);
    expect(restoreSaved(readSaved(saved)).salience[0]?.through).toBe(through);
  });

  it('of Python opens with what is passed on', async () => {
    const { store } = await explained(true);
    const saved = saveSnapshot(store.snapshot, true);
    const restored = restoreSaved(readSaved({ ...saved, view: {} }));
    expect(restored.choices.through).toBe(true);
    const host = createSavedHost(restored);
    const targetMask = restored.tokens.tokens.map((_, i) => Number(i >= restored.tokens.tokens.length - 3));
    const input = { prompt: PROMPT, target: ANSWER, targetMask, methods: ['grad_l2'] };
    const signal = new AbortController().signal;
    await expect(host.salience({ ...input, through: true }, signal)).resolves.toHaveProperty('grad_l2');
    await expect(host.salience(input, signal)).rejects.toThrow('but not of this one');
    expect(host.passesOn).toBe(true);
  });

  it.each([
    ['thinking', [[3, 2]]],
    ['thinking', [[0, 999]]],
    ['omitted', [[4, 4]]],
  ])('with wrong ranges is an error: %s %j', async (name, value) => {
    const { store } = await explained(false);
    const saved = saveSnapshot(store.snapshot, true);
    expect(() => readSaved({ ...saved, [name]: value })).toThrow(`${name} of a saved result must be ranges`);
  });
});
