import { describe, expect, it } from 'vitest';
import { readFloats, unpackResults } from '../../../../src/core/saved/packed.js';
import { findRecord, readReport, recordsBehind } from '../../../../src/core/saved/report.js';
import type { Report, ReportGroup, SharedFields } from '../../../../src/core/saved/report.js';

const SHARED: SharedFields = { format: 'seqsal-salience', version: 1, methods: ['a', 'b'], view: {} };

/** The first three bytes of floats, the highest of all first. */
function planes(values: readonly number[]): Uint8Array {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return Uint8Array.from([24, 16, 8].flatMap((shift) => Array.from(bits, (each) => (each >>> shift) & 255)));
}

function chunk(results: readonly unknown[], values: readonly number[]): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify({ results }));
  const length = new Uint8Array(Uint32Array.of(text.length).buffer);
  return Uint8Array.from([...length, ...text, ...planes(values)]);
}

describe('packed results', () => {
  it('have the floats of their three bytes, as the Python package writes them', () => {
    expect([...readFloats(Uint8Array.of(0x3f, 0xc0, 0x80, 0x00, 0x00, 0x00))]).toEqual([1, -2]);
  });

  it('get the scores of each record and method in turn, and the shared fields', () => {
    const packed = [
      { target: 'ö', tokens: ['x', 'ö'], salience: [{ selection: [[1, 2]], scores: ['a', 'b'] }] },
      { target: 'z', tokens: ['y', '', 'z'], salience: [{ selection: [[2, 3]], scores: ['b'] }] },
    ];
    const [one, two] = unpackResults(chunk(packed, [1, 0, -2, 0, 0.5, 4, 0]), SHARED);
    expect(one).toMatchObject({ ...SHARED, target: 'ö', tokens: ['x', 'ö'] });
    expect(one?.salience[0]).toEqual({ selection: [[1, 2]], scores: { a: [1, 0], b: [-2, 0] } });
    expect(two?.salience[0]?.scores).toEqual({ b: [0.5, 4, 0] });
  });

  it('are read from a part of a buffer, too', () => {
    const bytes = chunk([{ tokens: ['x'], salience: [{ scores: ['a'] }] }], [3]);
    const shifted = Uint8Array.from([9, 9, 9, ...bytes]).subarray(3);
    expect(unpackResults(shifted, SHARED)[0]?.salience[0]?.scores).toEqual({ a: [3] });
  });
});

const DIFFERENT = {
  record: 40,
  record_other: 41,
  line: 41,
  distance: 0.5,
  answer: '',
  answer_other: '',
  place: [7, 0],
  place_other: [8, 1],
};
const REPORT = {
  format: 'seqsal-report',
  version: 1,
  sets: [
    {
      numbers: [3, 5, 8, 9],
      lines: [4, 6, 9, 10],
      answers: ['c', 'e', 'h', 'i'],
      outcomes: ['', '', 'x', ''],
      places: [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      shared: SHARED,
    },
  ],
  groups: [
    {
      set: 0,
      shares: [
        [0.25, null, 0.5, 0.25],
        [null, null, null, 0],
      ],
      versus: { different: [DIFFERENT], shared: SHARED, shared_other: { ...SHARED, methods: ['c'] } },
    },
  ],
} as unknown as Report;
const [GROUP] = REPORT.groups as readonly [ReportGroup];

describe('a report', () => {
  it('lists the records that have a label, the largest share first', () => {
    const found = recordsBehind(REPORT, GROUP, 0);
    expect(found.map(({ record, line, share }) => [record, line, share])).toEqual([
      [8, 9, 0.5],
      [3, 4, 0.25],
      [9, 10, 0.25],
    ]);
    expect(found[0]).toMatchObject({ answer: 'h', outcome: 'x' });
    expect(recordsBehind(REPORT, GROUP, 1).map(({ record }) => record)).toEqual([9]);
    expect(recordsBehind(REPORT, GROUP, 2)).toEqual([]);
  });

  it('finds the records of both sides', () => {
    expect(findRecord(REPORT, GROUP, 8, false)?.place).toEqual([1, 0]);
    expect(findRecord(REPORT, GROUP, 40, false)?.place).toEqual([7, 0]);
    expect(findRecord(REPORT, GROUP, 41, true)).toEqual({
      place: [8, 1],
      shared: { ...SHARED, methods: ['c'] },
    });
    expect(findRecord(REPORT, GROUP, 41, false)).toBeNull();
    expect(findRecord(REPORT, GROUP, 8, true)).toBeNull();
  });

  it('is of a version that the page reads', () => {
    expect(readReport(REPORT)).toBe(REPORT);
    const newer = { ...REPORT, version: 2 };
    expect(() => readReport(newer)).toThrow(
      'A report must be "seqsal-report", version 1; this is "seqsal-report", version 2.',
    );
    expect(() => readReport(null)).toThrow('A report must be');
  });
});
