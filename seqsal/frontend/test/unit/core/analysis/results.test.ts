import { describe, expect, it } from 'vitest';
import { MEMBERSHIPS, ResultCollector, examplesOf, labelKey } from '../../../../src/core/analysis/results.js';

const COUNTS = { of: 3, segments: 9, unlabelled: 2, ambiguous: 1 };
const DISH = { label: 'Dish', region: 'prompt' };

describe('results', () => {
  it('keep the members and failures of all parts, the counts of the last, and the last rows', () => {
    const collector = new ResultCollector(3);
    expect(collector.results).toMatchObject({ done: 0, of: 3, rows: [] });
    const members = (records: unknown): unknown => [{ ...DISH, method: 'm', records }];
    const row = { ...DISH, records: 1, share: 0.5 };
    collector.add({ ...COUNTS, done: 1, members: members([[0, 0.5, 1]]), errors: [], labels: [row] });
    collector.add({ ...COUNTS, done: 3, members: members([[2, 0.25, null]]), errors: [{ record: 1, message: 'no' }] });
    const { results } = collector;
    expect(results).toMatchObject({ done: 3, segments: 9, unlabelled: 2, ambiguous: 1, rows: [row] });
    expect(results.failures).toEqual([{ index: 1, message: 'no' }]);
    expect(results.members.get(labelKey(DISH))).toEqual([
      { index: 0, share: 0.5, rank: 1 },
      { index: 2, share: 0.25, rank: null },
    ]);
  });

  it('name the examples of a label, the one with its largest share first', () => {
    const collector = new ResultCollector(9);
    const records = [
      [0, 0.1, 4],
      [1, 0.2, 3],
      [2, 0.6, 1],
      [3, 0.3, 2],
    ];
    collector.add({
      members: [
        { ...DISH, records },
        { label: '(no label)', region: 'prompt', records: [[5, 0.9, null]] },
      ],
    });
    const of = (label: string): number[][] =>
      MEMBERSHIPS.map((each) => examplesOf(collector.results, labelKey({ label, region: 'prompt' }), each));
    expect(of('Dish')).toEqual([[2], [2, 3, 1], [2, 3, 1, 0]]);
    expect(of('(no label)')).toEqual([[5], [5], [5]]);
    expect(of('Other')).toEqual([[], [], []]);
  });
});
