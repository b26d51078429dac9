import { expect, test } from 'vitest';
import type { Unit } from '../../../../src/core/text/boundaries.js';
import cases from '../../../fixtures/segments.json';
import { cut } from '../../../helpers/texts.js';

// Each text is its segments, joined. Python cuts the same texts, in tests/results/segmentation.
test.each(cases)('$unit: $name', ({ unit, segments }) => {
  expect(cut(segments.join(''), unit as Unit)).toEqual(segments);
});

test('an abbreviation at the end of the text starts no sentence', () => {
  expect(cut('Use e.g.', 'sentences')).toEqual(['Use e.g.']);
});

// Here a mistake would be exponential, and no test would end.
test.each(['_', '*', '~', '[1]'])('blanks to fill in are cut in reasonable time: %s', (mark) => {
  const start = performance.now();
  cut(`Your name?${mark.repeat(29)}\nand yours?${mark.repeat(29)} so`, 'sentences');
  expect(performance.now() - start).toBeLessThan(1000);
});

test('a text of many marks is segmented in reasonable time', () => {
  const start = performance.now();
  cut(`${'-'.repeat(5000)} 1. ${'* '.repeat(5000)}${'`'.repeat(5000)} a. B ${'|'.repeat(5000)} e. F`, 'sentences');
  expect(performance.now() - start).toBeLessThan(1000);
});
