import { beforeEach, describe, expect, it } from 'vitest';
import { Cutting } from '../../../../src/core/state/cutting.js';
import type { Granularity } from '../../../../src/core/text/boundaries.js';
import { findStarts, settled } from '../../../helpers/hand-host.js';

const SEMICOLONS: Granularity = { unit: 'custom', pattern: ';', role: 'ends' };
const LINES: Granularity = { ...SEMICOLONS, unit: 'lines' };

let asked: { text: string; signal: AbortSignal; answer: (starts: number[]) => void; fail: () => void }[];
let cutting: Cutting;

beforeEach(() => {
  asked = [];
  const byHand = (text: string, _regex: RegExp, _role: unknown, signal: AbortSignal): Promise<readonly number[]> =>
    new Promise((answer, reject) => {
      const fail = (): void => {
        reject(new Error('Too long.'));
      };
      asked.push({ text, signal, answer, fail });
    });
  cutting = new Cutting(() => undefined, byHand);
});

describe('a text', () => {
  it('is cut by a unit at once', () => {
    void cutting.apply('a\nb', LINES);
    expect(cutting.cut.unit).toBe('lines');
    expect(cutting.pattern.status).toBe('idle');
  });

  it('stays cut as it was while a pattern runs, and where it fails', async () => {
    void cutting.apply('a;b', LINES);
    void cutting.apply('a;b', SEMICOLONS);
    expect(cutting.cut.unit).toBe('lines');
    expect(cutting.pattern.status).toBe('pending');
    asked[0]?.fail();
    await settled();
    expect(cutting.cut.unit).toBe('lines');
    expect(cutting.pattern).toEqual({ status: 'error', reason: 'Too long.' });
  });

  it('is never cut where a pattern matched another one', async () => {
    void cutting.apply('a;b', SEMICOLONS);
    asked[0]?.answer([2]);
    await settled();
    expect(cutting.cut).toEqual({ unit: 'custom', starts: [2] });
    void cutting.apply('aaa;b', SEMICOLONS);
    expect(cutting.cut.starts).toEqual([]);
  });

  it('takes no late answer of a pattern that is no longer wanted', async () => {
    void cutting.apply('a;b', SEMICOLONS);
    void cutting.apply('a;b', LINES);
    expect(asked[0]?.signal.aborted).toBe(true);
    asked[0]?.answer([2]);
    await settled();
    expect(cutting.cut).toEqual({ unit: 'lines', starts: [] });
  });

  it('is searched once, however often the same is asked', async () => {
    void cutting.apply('a;b', SEMICOLONS);
    asked[0]?.answer([2]);
    await settled();
    void cutting.apply('a;b', SEMICOLONS);
    expect(asked).toHaveLength(1);
  });
});

it.each([
  ['(', /unterminated group/],
  ['', /type a regular expression/i],
])('the pattern %o is no pattern, and cuts nothing', async (pattern, reason) => {
  const direct = new Cutting(() => undefined, findStarts);
  await direct.apply('a;b', { ...SEMICOLONS, pattern });
  expect(direct.pattern.status === 'error' && direct.pattern.reason).toMatch(reason);
  expect(direct.cut.unit).toBe('sentences');
});
