import { expect, it } from 'vitest';
import { formatPlace, parsePlace } from '../../../../src/host/saved/report-address.js';

it.each([
  { group: 0, row: 0, record: null, other: false },
  { group: 2, row: 11, record: 0, other: false },
  { group: 0, row: 1, record: 1234, other: true },
])('a place is the same after it was in the address: %o', (place) => {
  expect(parsePlace(formatPlace(place))).toEqual(place);
});

it('wrong numbers are 0', () => {
  expect(parsePlace('#group=-1&row=x&record=1.5')).toEqual({ group: 0, row: 0, record: 0, other: false });
  expect(parsePlace('')).toEqual({ group: 0, row: 0, record: null, other: false });
});
