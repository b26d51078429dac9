import { describe, expect, it } from 'vitest';
import { INITIAL, isSame, jobFields, missingText, readSettings } from '../../../../src/core/analysis/settings.js';
import { ResultCollector } from '../../../../src/core/analysis/results.js';
import { progressNote } from '../../../../src/core/analysis/shown.js';
import type { StartedAnalysis } from '../../../../src/core/analysis/shown.js';

describe('settings', () => {
  it('become the fields of a job, without what another rule would use', () => {
    expect(jobFields(INITIAL, 'grad_l2')).toEqual({
      select: 'answer',
      labels: { kind: 'lines' },
      methods: ['grad_l2'],
      granularity: 'sentences',
      removals: 'none',
    });
    const texts = { selectPattern: 'a', template: '{b}', labelPattern: '(?P<c>c)', removals: true } as const;
    const settings = { ...INITIAL, ...texts, select: 'pattern', labels: 'template' } as const;
    expect(jobFields(settings, 'm')).toMatchObject({
      select: 'a',
      labels: { kind: 'template', template: '{b}' },
      removals: 'labels',
    });
    expect(jobFields({ ...settings, labels: 'pattern' }, 'm')['labels']).toEqual({
      kind: 'pattern',
      pattern: '(?P<c>c)',
    });
    expect(isSame({ ...INITIAL, template: 'kept' }, INITIAL)).toBe(true);
    expect(isSame({ ...INITIAL, method: 'other' }, INITIAL)).toBe(false);
  });

  it('say which text is missing before anything is sent', () => {
    expect(missingText(INITIAL)).toBeNull();
    expect(missingText({ ...INITIAL, select: 'pattern' })?.setting).toBe('select');
    expect(missingText({ ...INITIAL, labels: 'template', template: ' ' })?.setting).toBe('labels');
    expect(missingText({ ...INITIAL, labels: 'pattern' })?.reason).toContain('named group');
  });

  it('are read from whatever was kept', () => {
    const settings = { ...INITIAL, labels: 'template', template: 'x {y}', removals: true } as const;
    expect(readSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
    for (const wrong of [null, 3, [], { select: 'x', template: 4, granularity: {}, removals: 'yes' }]) {
      expect(readSettings(wrong)).toEqual(INITIAL);
    }
  });
});

describe('the time that is left', () => {
  it('is that of the rate so far, once there is one', () => {
    const { results } = new ResultCollector(100);
    const none = { place: 0, lost: false, started: 0, problem: null };
    const running: StartedAnalysis = { phase: 'running', settings: INITIAL, results, ...none };
    const at = (done: number, seconds: number): string =>
      progressNote({ ...running, results: { ...results, done } }, seconds * 1000);
    expect([at(0, 9), at(8, 2)]).toEqual(['', '']);
    expect(at(50, 4)).toBe('a few seconds left');
    expect(at(10, 7)).toBe('about 65 seconds left');
    expect(at(10, 60)).toBe('about 9 minutes left');
  });
});
