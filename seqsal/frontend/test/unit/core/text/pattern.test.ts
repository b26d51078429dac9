import { expect, test } from 'vitest';
import { compilePattern } from '../../../../src/core/text/pattern.js';

test.each([
  ['(', /^Invalid: unterminated group\.$/],
  ['[b-a]', /out of order/i],
  ['*', /nothing to repeat/i],
  ['\\q', /invalid escape/i],
  ['', /type a regular expression/i],
])('%s gives an error with its reason', (pattern, reason) => {
  const compiled = compilePattern(pattern);
  expect(compiled.ok).toBe(false);
  expect(compiled.ok ? '' : compiled.reason).toMatch(reason);
  expect(compiled.ok ? '' : compiled.reason).not.toContain('Invalid regular expression');
});

test('a valid pattern supports lines and all of Unicode', () => {
  const compiled = compilePattern('^\\p{Lu}');
  expect(compiled.ok && [...'Öl\nÄpfel'.matchAll(compiled.regex)].length).toBe(2);
});
