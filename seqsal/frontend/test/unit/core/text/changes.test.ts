import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../../../src/core/text/changes.js';

function halves([prompt, target]: [string, string]) {
  return { text: prompt + target, promptLength: prompt.length };
}

/** The changes as texts: "-removed", "+added", "~moved", of the text before and of the one after. */
function changes(before: [string, string], after: [string, string]): [string[], string[]] | null {
  const [old, next] = [halves(before), halves(after)];
  const found = changesBetween(old, next);
  const marks = { removed: '-', added: '+', moved: '~' };
  if (found === null) return null;
  return [
    found.before.map(({ start, end, kind }) => marks[kind] + old.text.slice(start, end)),
    found.after.map(({ start, end, kind }) => marks[kind] + next.text.slice(start, end)),
  ];
}

const LINES = 'One line.\nAnother line.\nA third one.\nThe last.\n';

describe('the changes of a text', () => {
  it.each<[string, [string, string], [string, string], [string[], string[]]]>([
    ['nothing', [LINES, 'A.'], [LINES, 'A.'], [[], []]],
    [
      'words',
      ['Dish: Quiche Lorraine\n' + LINES, ''],
      ['Dish: Tomato soup\n' + LINES, ''],
      [['-Quiche Lorraine'], ['+Tomato soup']],
    ],
    ['an added line', [LINES, ''], [LINES.replace('A third', 'New.\nA third'), ''], [[], ['+New.\n']]],
    ['a removed line', [LINES, ''], [LINES.replace('Another line.\n', ''), ''], [['-Another line.\n'], []]],
    [
      'a moved line',
      [LINES, ''],
      ['The last.\nOne line.\nAnother line.\nA third one.\n', ''],
      [['~The last.'], ['~The last.']],
    ],
    ['the answer alone', [LINES, ' Try it.'], [LINES, ' Avoid it.'], [['-Try'], ['+Avoid']]],
    ['an answer that moved into the prompt', [LINES, 'Yes.'], [LINES + 'Yes.', ''], [['-Yes.'], ['+Yes.']]],
    ['a line twice instead of once', ['x\n' + LINES, ''], ['x\n' + LINES + 'x\n', ''], [[], ['+x\n']]],
  ])('are %s', (_, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected);
  });

  it.each([
    ['Hebrew', 'אני לא אוהב ביצים.', 'ביצים', 'דגים'],
    ['Hebrew with points', 'הוא אכל בֵּיצִים טובות.', 'בֵּיצִים', 'דָּגִים'],
    ['Arabic', 'لا أحب البيض اليوم.', 'البيض', 'السمك'],
    ['Cyrillic', 'Я не люблю яйца.', 'яйца', 'рыбу'],
    ['Greek', 'Δεν μου αρέσουν τα αυγά.', 'αυγά', 'ψάρια'],
    ['Hindi', 'मुझे अंडे पसंद नहीं हैं।', 'अंडे', 'मछली'],
    ['Korean', '저는 달걀을 좋아하지 않아요.', '달걀을', '생선을'],
    ['Chinese', '我不喜欢鸡蛋和奶酪。', '鸡蛋', '鱼'],
    ['Thai', 'ฉันไม่ชอบไข่เลยนะ', 'ไข่', 'ปลา'],
  ])('are whole words in %s', (_, text, word, other) => {
    expect(changes([text, ''], [text.replace(word, other), ''])).toEqual([[`-${word}`], [`+${other}`]]);
  });

  it('are unknown where the prompts have little in common', () => {
    expect(changes([LINES, ''], ['Quite different words here, in a single sentence.', ''])).toBeNull();
  });

  it('cover exactly what is not common', () => {
    const words = 'alpha beta gamma delta epsilon zeta eta theta'.split(' ');
    let [state, checked] = [7, 0];
    const random = (n: number): number => (state = (state * 1103515245 + 12345) % 2147483648) % n;
    for (let round = 0; round < 200; round++) {
      const old = Array.from({ length: 40 }, () => (words[random(8)] ?? '') + (random(4) === 0 ? '\n' : ' ')).join('');
      const cut = random(old.length);
      const next = old.slice(0, cut) + (random(2) === 0 ? 'INSERTED ' : '') + old.slice(cut + random(12));
      const found = changesBetween({ text: old, promptLength: old.length }, { text: next, promptLength: next.length });
      for (const match of found?.matches ?? []) {
        expect(old.slice(match.before, match.before + match.length)).toBe(
          next.slice(match.after, match.after + match.length),
        );
      }
      if (found === null || [...found.before, ...found.after].some(({ kind }) => kind === 'moved')) continue;
      const kept = (text: string, parts: readonly { start: number; end: number }[]): string =>
        parts.toReversed().reduce((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
      checked += 1;
      // Joined changes take the white space between them along.
      const plain = (text: string): string => text.replaceAll(/\s+/g, '');
      expect(plain(kept(old, found.before))).toBe(plain(kept(next, found.after)));
    }
    expect(checked).toBeGreaterThan(100);
  });

  it('of 120,000 characters are found, with many moved lines', () => {
    const lines = Array.from({ length: 4000 }, (_, i) => `Line ${String(i)}: a text of a few words.`);
    const old = lines.join('\n');
    const edited = lines.toSpliced(2000, 1, 'Line 2000: other words.').toSpliced(100, 1);
    const next = [...edited.slice(10), ...edited.slice(0, 10)].join('\n');
    const found = changesBetween({ text: old, promptLength: old.length }, { text: next, promptLength: next.length });
    expect(
      found?.after.filter(({ kind }) => kind === 'added').map(({ start, end }) => next.slice(start, end)),
    ).toContain('other');
  });
});
