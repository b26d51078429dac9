// What the models really send; tests/test_frontend_fixtures.py writes it, and fails when they send something else.
import { describe, expect, it } from 'vitest';
import { segmentScores } from '../../../src/core/scores/aggregate.js';
import { checked } from '../../../src/core/scores/cache.js';
import { UNITS } from '../../../src/core/text/boundaries.js';
import { segmentTokens } from '../../../src/core/text/segments.js';
import { maskOf } from '../../../src/core/text/token-set.js';
import { alignTokens } from '../../../src/core/text/tokens.js';
import server from '../../fixtures/server.json';
import { by } from '../../helpers/texts.js';

describe.each(Object.entries(server))('%s', (_, sent) => {
  const { prompt, target, tokens, target_mask: mask } = sent;
  const special = sent.special_tokens_mask.map(Boolean);
  const aligned = alignTokens(tokens, special, prompt, target);
  const before = mask.indexOf(1);

  it('has tokens that are exact slices: joined without the special ones, they are prompt and target', () => {
    expect(tokens.filter((_, i) => !special[i]).join('')).toBe(prompt + target);
    expect(aligned.special).toEqual(special);
    const slices = aligned.offsets.map(({ start, end }) => aligned.text.slice(start, end));
    expect(slices).toEqual(tokens.map((token, i) => (special[i] ? '' : token)));
  });

  it.each(UNITS)('is covered once and in order by segments: %s', (unit) => {
    const segments = segmentTokens(aligned, by(unit));
    const covered = segments.flatMap(({ tokens: { start, end } }) => tokens.slice(start, end).map((_, i) => start + i));
    expect(covered).toEqual(tokens.map((_, i) => i));
    const texts = segments.filter((segment) => !segment.special).map(({ text }) => text);
    expect(texts.join('')).toBe(prompt + target);
  });

  it.each(UNITS)('is divided into prompt and target: %s', (unit) => {
    const plain = segmentTokens(aligned, by(unit)).filter((segment) => !segment.special);
    const join = (region: string): string =>
      plain.flatMap((segment) => (segment.region === region ? segment.text : [])).join('');
    expect([join('prompt'), join('target')]).toEqual([prompt, target]);
  });

  it('has scores exactly for the tokens before the last selected one', () => {
    const { grad_l2, grad_dot_input } = sent;
    for (const scores of Object.values(checked({ grad_l2, grad_dot_input }, tokens.length))) {
      expect(scores.map((score) => score !== 0)).toEqual(mask.map((_, i) => i < mask.lastIndexOf(1)));
    }
    expect(Math.min(...grad_l2)).toBe(0);
    expect(Math.min(...grad_dot_input)).toBeLessThan(0);
  });

  it('was requested with the mask of a click on the last two tokens', () => {
    expect(maskOf(aligned, [{ start: before, end: tokens.length }])).toEqual(mask);
  });

  it('has an id for every token, and a probability only for those of the target', () => {
    expect(sent.token_ids).toHaveLength(tokens.length);
    expect(sent.token_ids.every((id) => Number.isInteger(id) && id >= 0)).toBe(true);
    const inTarget = aligned.offsets.map(({ start, end }, i) => !special[i] && end > start && start >= prompt.length);
    const known = sent.logprobs.map((logprob) => logprob !== null);
    expect(known.filter((_, i) => inTarget[i]).every(Boolean)).toBe(true);
    const first = inTarget.indexOf(true);
    // Of the prompt at most parts of its last character, which stand for no text of their own.
    expect(tokens.filter((token, i) => known[i] && i < first && token !== '')).toEqual([]);
    expect(sent.logprobs.every((logprob) => logprob === null || logprob <= 0)).toBe(true);
  });

  it.each(UNITS)('has the same sum of scores in any segments: %s', (unit) => {
    const segments = segmentTokens(aligned, by(unit));
    const whole = segments.find(({ tokens: { end } }) => end > before)?.tokens.start ?? 0;
    for (const scores of [sent.grad_l2, sent.grad_dot_input]) {
      const inScale = segmentScores(scores, segments, before, 'sum').filter((value) => !Number.isNaN(value));
      const byHand = scores.slice(0, whole).filter((_, i) => !special[i]);
      expect(inScale.reduce((a, b) => a + b, 0)).toBeCloseTo(
        byHand.reduce((a, b) => a + b, 0),
        6,
      );
    }
  });
});
