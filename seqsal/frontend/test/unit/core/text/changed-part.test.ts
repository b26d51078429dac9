import { describe, expect, it } from 'vitest';
import { changedPart } from '../../../../src/core/text/changed-part.js';

describe('the changed part', () => {
  it.each([
    ['One two three.', 'One six three.', 'two', 'six'],
    ['One two three.', 'One two more three.', 'two ', 'two more '],
    ['One two three.', 'two three.', 'One ', ''],
    ['One two', 'One two four', 'two', 'two four'],
    ['One two', 'Zero One two', 'One', 'Zero One'],
    ['aaa', 'aa', 'aaa', 'aa'],
    ['I like 😀.', 'I like 😁.', '😀.', '😁.'],
    [
      '猫'.repeat(50),
      '猫'.repeat(25) + '犬' + '猫'.repeat(25),
      '猫'.repeat(50),
      '猫'.repeat(25) + '犬' + '猫'.repeat(25),
    ],
    ['שלום עולם', 'שלום חבר', 'עולם', 'חבר'],
    ['a\r\n\r\nb', 'a\r\nx\r\n\r\nb', 'a\r\n', 'a\r\nx\r\n'],
    ['  x', ' y x', '  x', ' y x'],
  ])('from %j to %j', (before, after, part, text) => {
    const found = changedPart(before, after);
    expect(found && before.slice(found.chars.start, found.chars.end)).toBe(part);
    expect(found?.text).toBe(text);
  });

  it('makes the second text of the first, whatever they are', () => {
    const letters = ['a', ' ', '\n', '😀', '猫'];
    for (let seed = 0; seed < 2000; seed++) {
      const make = (of: number): string =>
        Array.from({ length: of % 9 }, (_, i) => letters[(of * (i + 3) + i) % 5]).join('');
      const [before, after] = [make(seed), make(seed * 7 + 1)];
      const part = changedPart(before, after);
      if (part === null) expect(before).toBe(after);
      else expect(before.slice(0, part.chars.start) + part.text + before.slice(part.chars.end)).toBe(after);
    }
  });

  it('splits no character of a long word', () => {
    const emoji = '😀'.repeat(40);
    const part = changedPart(`a${emoji}😀${emoji}`, `a${emoji}😁${emoji}`);
    expect(part?.text).toMatch(/^(?:😀)+😁(?:😀)+$/u);
  });

  it('of the same texts is none', () => {
    expect(changedPart('a', 'a')).toBeNull();
  });
});
