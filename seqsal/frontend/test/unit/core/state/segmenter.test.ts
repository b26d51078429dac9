import { beforeEach, describe, expect, it } from 'vitest';
import { Segmenter } from '../../../../src/core/state/segmenter.js';
import type { Granularity } from '../../../../src/core/text/boundaries.js';
import { findStarts, settled } from '../../../helpers/hand-host.js';

const SEMICOLONS: Granularity = { unit: 'custom', pattern: ';', role: 'ends' };
const LINES: Granularity = { ...SEMICOLONS, unit: 'lines' };

let searches: { text: string; signal: AbortSignal; answer: (starts: number[]) => void; fail: () => void }[];
let segmenter: Segmenter;

beforeEach(() => {
  searches = [];
  const byHand = (text: string, _regex: RegExp, _role: unknown, signal: AbortSignal): Promise<readonly number[]> =>
    new Promise((answer, reject) => {
      const fail = (): void => {
        reject(new Error('Too long.'));
      };
      searches.push({ text, signal, answer, fail });
    });
  segmenter = new Segmenter(() => undefined, byHand);
});

describe('a text', () => {
  it('is segmented by a unit at once', () => {
    void segmenter.apply('a\nb', LINES);
    expect(segmenter.segmentation.unit).toBe('lines');
    expect(segmenter.pattern.status).toBe('idle');
  });

  it('keeps its segmentation while a pattern runs, and if it fails', async () => {
    void segmenter.apply('a;b', LINES);
    void segmenter.apply('a;b', SEMICOLONS);
    expect(segmenter.segmentation.unit).toBe('lines');
    expect(segmenter.pattern.status).toBe('pending');
    searches[0]?.fail();
    await settled();
    expect(segmenter.segmentation.unit).toBe('lines');
    expect(segmenter.pattern).toEqual({ status: 'error', reason: 'Too long.' });
  });

  it('never has the segmentation of another text', async () => {
    void segmenter.apply('a;b', SEMICOLONS);
    searches[0]?.answer([2]);
    await settled();
    expect(segmenter.segmentation).toEqual({ unit: 'custom', starts: [2] });
    void segmenter.apply('aaa;b', SEMICOLONS);
    expect(segmenter.segmentation.starts).toEqual([]);
  });

  it('ignores the late result of a replaced pattern', async () => {
    void segmenter.apply('a;b', SEMICOLONS);
    void segmenter.apply('a;b', LINES);
    expect(searches[0]?.signal.aborted).toBe(true);
    searches[0]?.answer([2]);
    await settled();
    expect(segmenter.segmentation).toEqual({ unit: 'lines', starts: [] });
  });

  it('is searched once for repeated identical requests', async () => {
    void segmenter.apply('a;b', SEMICOLONS);
    searches[0]?.answer([2]);
    await settled();
    void segmenter.apply('a;b', SEMICOLONS);
    expect(searches).toHaveLength(1);
  });
});

it.each([
  ['(', /unterminated group/],
  ['', /type a regular expression/i],
])('the pattern %o is invalid, and segments nothing', async (pattern, reason) => {
  const direct = new Segmenter(() => undefined, findStarts);
  await direct.apply('a;b', { ...SEMICOLONS, pattern });
  expect(direct.pattern.status === 'error' && direct.pattern.reason).toMatch(reason);
  expect(direct.segmentation.unit).toBe('sentences');
});
