import { expect, it, test } from 'vitest';
import {
  formatPlace,
  parsePlace,
  placeOf,
  fingerprintOf,
  selectionAt,
  sequenceAt,
} from '../../../../src/core/state/place.js';
import { listSequences } from '../../../../src/core/state/sequences.js';

const EXAMPLE = { key: '1', prompt: 'One', target: ' two' };
const SEQUENCES = listSequences(EXAMPLE, [
  { text: ' a', score: -1 },
  { text: ' b', score: -2 },
]);
const NOTHING = { selection: null };
const SELECTION = [
  { start: 1, end: 3 },
  { start: 12, end: 13 },
];

it.each([0, 1, 2])('is found again from its writing: sequence %j', (i) => {
  const sequence = SEQUENCES[i] ?? null;
  const place = placeOf(EXAMPLE, SEQUENCES, sequence, { selection: SELECTION });
  const read = parsePlace(place ? formatPlace(place) : '');
  expect(read).toEqual(place);
  expect(read && sequenceAt(read, SEQUENCES)).toBe(sequence);
  expect(read && selectionAt(read, 'One', sequence?.text ?? '', 13)).toEqual(SELECTION);
});

it.each([
  { token: 345, text: ' Oslo' },
  { token: 2, text: '' },
  { token: null, text: ' Avoid it.vs-1:\nNo & 100 % “no”' },
])('keeps a contrast: %j', (versus) => {
  const place = placeOf(EXAMPLE, SEQUENCES, SEQUENCES[0] ?? null, { selection: SELECTION, versus });
  expect(place?.versus).toEqual(versus);
  expect(parsePlace(place ? formatPlace(place) : '')).toEqual(place);
});

it('leaves out a contrast whose text is long, and one without a selection', () => {
  const versus = { token: null, text: 'x'.repeat(501) };
  const place = placeOf(EXAMPLE, SEQUENCES, SEQUENCES[0] ?? null, { selection: SELECTION, versus });
  expect(place && parsePlace(formatPlace(place))).toEqual(
    placeOf(EXAMPLE, SEQUENCES, SEQUENCES[0] ?? null, { selection: SELECTION }),
  );
  expect(parsePlace('response.abc.vs:No')?.versus).toBeUndefined();
});

it('reads well', () => {
  const written = SEQUENCES.map((sequence) => placeOf(EXAMPLE, SEQUENCES, sequence, { selection: SELECTION })).map(
    (place) => place && formatPlace(place),
  );
  expect(written).toEqual([
    `response.${fingerprintOf('One', ' a')}.1-3.12-13`,
    `response-2.${fingerprintOf('One', ' b')}.1-3.12-13`,
    `target.${fingerprintOf('One', ' two')}.1-3.12-13`,
  ]);
});

it('has the same fingerprints as Python', () => {
  // The same two stand in place.py.
  expect([fingerprintOf('', ''), fingerprintOf('One 👍', ' é')]).toEqual(['1efc4f', '1g6caia']);
});

it('selects nothing in another text or beyond its end', () => {
  const place = placeOf(EXAMPLE, SEQUENCES, SEQUENCES[0] ?? null, { selection: SELECTION });
  expect(place && selectionAt(place, 'One', ' another', 13)).toBeNull();
  expect(place && selectionAt(place, 'One a', '', 13), 'the border between prompt and target counts').toBeNull();
  expect(place && selectionAt(place, 'One', ' a', 12)).toBeNull();
});

it('is null without a sequence', () => {
  expect(placeOf(EXAMPLE, SEQUENCES, null, NOTHING)).toBeNull();
  expect(placeOf(null, [], null, NOTHING)).toBeNull();
});

test.each(['', 'response', 'prompt.abc', 'response.ABC', 'response.abc.x-y', 'response-0x1.abc'])(
  'nothing is read from %j',
  (text) => {
    expect(parsePlace(text)).toBeNull();
  },
);
