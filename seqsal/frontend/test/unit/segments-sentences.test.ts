import { describe, expect, test } from 'vitest';
import { cut } from './texts.js';

type Case = readonly [name: string, sentences: readonly string[]];

/** Each text is its sentences, joined: what is expected is what is written. */
function holds(cases: readonly Case[]): void {
  test.each(cases)('%s', (_, expected) => {
    expect(cut(expected.join(''), 'sentences')).toEqual(expected);
  });
}

describe('English', () => {
  holds([
    ['titles before names', ['Ask Dr. Smith and Mrs. Jones. ', 'They met Prof. Lee in St. Louis.']],
    ['e.g. and i.e.', ['Take fruit, e.g. Apples, i.e. Fruit. ', 'Then go.']],
    ['U.S.A. inside', ['The U.S.A. is big. ', 'So is it.']],
    ['U.S. at the end', ['He lives in the U.S. ', 'He works.']],
    ['initials', ['J. R. R. Tolkien wrote it. ', 'George W. Bush and by C. Baudelaire did not.']],
    ['a lettered answer is no initial', ['The answer is B. ', 'It says so. ', 'Plan B. ', 'So am I. ', 'You too.']],
    ['numbered things', ['See Fig. 3 and No. 5 Downing Street. ', 'No. ', 'That is wrong.']],
    ['papers', ['Smith et al. (2020) said so, cf. Jones. ', 'Right.']],
    ['p.m. before a small letter', ['At 5 p.m. we leave. ', 'Ok.']],
    ['etc. ends one before a capital', ['Apples, pears, etc. ', 'Then more.']],
    ['a question that is told', ['“Is it?” he asked. ', '“Yes!” she said.']],
    ['a quote after the stop', ['He said “Stop.” ', 'Then he left.']],
    ['brackets after the stop', ['(It was so.) ', 'Then he left.']],
    ['several marks', ['What?! ', 'Really!! ', 'Yes…']],
    ['dots within a sentence', ['Wait... what? ', 'Well… yes.']],
    ['footnotes', ['It ends.[1] ', 'Next.']],
  ]);
});

describe('numbers, versions and addresses', () => {
  holds([
    ['decimals', ['Pi is 3.14. ', 'It costs $3.50.']],
    ['a version', ['Use v1.2.3 now. ', 'Then 2.0. ', 'Next.']],
    ['an address', ['See https://a.b/c?d=e.f for it. ', 'Or http://a.b/C.D. ', 'Then go.']],
    ['a file', ['Run main.py first. ', 'Then a.b.c.']],
    ['a date', ['On 12.10.2020 at 10:30. ', 'Then.']],
  ]);
});

describe('German', () => {
  holds([
    ['z. B. with and without its space', ['Bäume, z. B. Eichen. ', 'Obst, z.B. Äpfel. ', 'Gut.']],
    ['d. h. and bzw.', ['Er, d. h. Karl bzw. Hr. Maier, kam. ', 'Gut.']],
    ['usw. ends one before a capital', ['Äpfel, Birnen usw. ', 'Das ist gut.']],
    ['a date', ['Am 3. Oktober 1990 war es so weit. ', 'Danach.']],
    ['an ordinal', ['Nach dem 2. Weltkrieg kam das 20. Jahrhundert. ', 'Gut.']],
    ['a number that ends one', ['Sie hat 3. ', 'Er auch.']],
    ['Prof. Dr.', ['Prof. Dr. Weber sprach. ', 'Alle gingen.']],
    ['quotes', ['„Gut.“ ', 'Sie ging.']],
  ]);
});

describe('Chinese and Japanese', () => {
  holds([
    ['Chinese', ['你好！', '你好吗？', '我很好。', '第1章。']],
    ['a Chinese quote', ['他说：“你好。”', '然后走了。']],
    ['Japanese', ['これはペンです。', 'あれは本です。']],
    ['what is said, and who said it', ['「こんにちは。」と言った。', '彼は「はい。」と答えた。', '次です。']],
    ['a quote of its own', ['「はい。」', '「いいえ。」', '他走了。', '“好。”']],
    ['mixed with Latin', ['これはv1.2です。', 'OK? ', 'はい。']],
  ]);
});

describe('Arabic, Hindi and Thai', () => {
  holds([
    ['Arabic', ['مرحبا. ', 'كيف حالك؟ ', 'أنا بخير.']],
    ['Hindi', ['यह वाक्य है। ', 'दूसरा।']],
    ['Thai has lines, and no stops', ['สวัสดี ผมชื่อ สมชาย\n', 'ลาก่อน']],
  ]);
});

describe('Markdown', () => {
  holds([
    ['bullets', ['- a\n', '- bee. ', 'B2.\n', '* c\n']],
    ['bullets within bullets', ['- a\n', '  - b\n', '    - c\n']],
    ['numbers', ['1. One\n', '2. Two. ', 'Three\n', '10) Ten\n']],
    ['numbers of several levels', ['1.1. Sub\n', '1.2. Next. ', 'More\n']],
    ['letters and Roman numerals', ['a. First\n', 'B) Second\n', 'II. Third\n']],
    ['tasks', ['- [ ] Do it. ', 'Now.\n', '- [x] Done.\n']],
    ['headings and quotes', ['## 2. Heading\n', 'Text. ', 'More.\n', '> 1. Quote.\n']],
    ['a table', ['| a | b |\n', '|---|:-:|\n', '| 1. X | 2. Y |\n']],
    ['emphasis after the stop', ['**Bold.** ', 'Then *it.* ', '_So._ ', 'End.']],
    ['code in a line', ['Call `a. B` or `C.d()`. ', 'Then go.']],
  ]);
});

describe('code', () => {
  holds([
    ['lines', ['def f(x):\n', '    return x.y  # Why? ', 'So.\n\n\n', 'print(1)\n']],
    ['calls', ['foo.bar(a.B)\n', 'x = 1.5\n']],
    ['JSON', ['{\n', '  "a": "b.c",\n', '  "d": 1.0\n', '}\n']],
  ]);
});

describe('lines', () => {
  holds([
    ['Windows', ['A b.\r\n\r\n', 'C d. ', 'E f.\r\n']],
    ['a paragraph separator', ['One\u2029', 'Two\u2028', 'Three']],
    ['blank ones at the start', ['\n\n  \nFoo. ', 'Bar']],
    ['tabs', ['Name\tAge\n', 'Ann\t3.5\n']],
    ['emoji', ['Fine 👍. ', '😀 Next! ', '👩‍👩‍👧 Go.']],
  ]);
});

test('an abbreviation at the very end ends nothing', () => {
  expect(cut('Use e.g.', 'sentences')).toEqual(['Use e.g.']);
});

test('a text of many marks is cut in reasonable time', () => {
  const start = performance.now();
  cut(`${'-'.repeat(5000)} 1. ${'* '.repeat(5000)}${'`'.repeat(5000)} a. B ${'|'.repeat(5000)} e. F`, 'sentences');
  expect(performance.now() - start).toBeLessThan(1000);
});
