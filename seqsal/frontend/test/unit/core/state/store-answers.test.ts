import { beforeEach, describe, expect, it } from 'vitest';
import type { Example } from '../../../../src/core/state/host.js';
import { SalienceStore } from '../../../../src/core/state/store.js';
import { HandHost, findStarts, newest, settled, wordTokens } from '../../../helpers/hand-host.js';

const PROMPT: Example = { key: 'toy/1', prompt: 'One two', target: '' };
const WITH_TARGET: Example = { key: 'toy/2', prompt: 'Three four', target: ' five six' };

let store: SalienceStore;
let host: HandHost;

beforeEach(() => {
  store = new SalienceStore(() => undefined, findStarts);
  host = new HandHost();
});

async function answer(text = ' three four.'): Promise<void> {
  newest(host.generations).resolve([{ text, score: null }]);
  await settled();
  await tokenize();
}

async function tokenize(): Promise<void> {
  const call = newest(host.tokenizations);
  call.resolve(wordTokens(call.input));
  await settled();
}

describe('the end of an answer', () => {
  it('can be moved: the answer is generated again, with a stop text', async () => {
    host.stops = true;
    store.show(PROMPT, host);
    expect(host.stopTexts).toEqual(['']);
    await answer(' a.\n\nb.');
    store.dispatch({ type: 'adjust', choices: { stop: '\n\n' } });
    expect(host.stopTexts).toEqual(['', '\n\n']);
    expect(store.snapshot.sequence).toBeNull();
    await answer(' a.');
    expect(store.snapshot.sequence?.text).toBe(' a.');
    store.dispatch({ type: 'adjust', choices: { stop: '\n\n', density: 'compact' } });
    expect(host.stopTexts).toHaveLength(2);
  });

  it('is not requested from a host that knows no stop texts', async () => {
    store.show(PROMPT, host);
    await answer();
    store.dispatch({ type: 'adjust', choices: { stop: '\n' } });
    expect(store.snapshot.offers.stop).toBe(false);
    expect(host.generations).toHaveLength(1);
  });

  it('can be cut: what is left is explained, and the whole answer stays in the list', async () => {
    store.show(PROMPT, host);
    await answer(' three four. five six.');
    store.dispatch({ type: 'select', span: { start: 3, end: 4 }, how: 'only' });
    store.dispatch({ type: 'cut', end: 12 });
    expect(store.snapshot.sequence).toEqual({
      source: 'response',
      text: ' three four.',
      score: null,
      label: 'Response, cut',
    });
    expect(store.snapshot.state.selection).toBeNull();
    expect(newest(host.tokenizations).input).toEqual({ prompt: 'One two', target: ' three four.' });
    expect(store.snapshot.sequences.map(({ label }) => label)).toEqual(['Response', 'Response, cut']);
    expect(host.generations).toHaveLength(1);
    await tokenize();
    store.dispatch({ type: 'cut', end: 6 });
    expect(store.snapshot.sequence?.text).toBe(' three');
    expect(store.snapshot.sequences.map(({ label }) => label)).toEqual(['Response', 'Response, cut']);
    store.show(WITH_TARGET, host);
    expect(store.snapshot.sequences.map(({ label }) => label)).toEqual(['Target']);
  });
});
