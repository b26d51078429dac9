import { describe, expect, test } from 'vitest';
import { cut } from './texts.js';

type Case = readonly [name: string, words: readonly string[]];

/** Each text is its words, joined: what is expected is what is written. */
function holds(cases: readonly Case[]): void {
  test.each(cases)('%s', (_, expected) => {
    expect(cut(expected.join(''), 'words')).toEqual(expected);
  });
}

describe('abbreviations and joined words', () => {
  holds([
    ['titles', ['Dr.', ' Smith']],
    ['e.g. and U.S.A.', ['e.g.', ' the', ' U.S.A.', ' is']],
    ['German', ['z.B.', ' oder', ' z.', ' B.', ' usw.']],
    ['apostrophes', ["O'Neil's", ' don’t', " 'quoted'"]],
    ['hyphens', ['rock-n-roll', ' Ph.D.', ' R&D']],
    ['accents', ['naïve', ' Straße', ' e\u0301te\u0301']],
  ]);
});

describe('numbers', () => {
  holds([
    ['decimals and thousands', ['3.14', ' 1,000.50', ' 1.234,56', ' €']],
    ['signs', ['-5', ' +3', ' $3.50', ' 50%.']],
    ['versions', ['v1.2.3,', ' 2.0']],
    ['times and dates', ['10:30', ' 12/10/2020', ' 2020-01-05']],
    ['units and formulas', ['km²', ' H₂O', ' 5°C', ' x^2']],
    ['a colon after a number', ['1:', ' one']],
  ]);
});

describe('addresses', () => {
  holds([
    ['with a query', ['see', ' https://a.b/c?d=e.f,', ' then']],
    ['without a scheme', ['see', ' www.example.com/a?b=c.', ' Ok']],
    ['in brackets', ['<https://a.b>', ' (https://a.b)']],
    ['mail', ['me@example.org,', ' @user', ' #tag']],
    ['before Chinese', ['看', 'https://a.b', '吧']],
  ]);
});

describe('scripts', () => {
  holds([
    ['Chinese', ['你好，', '世界。']],
    ['Chinese with numbers', ['第', '1', '章']],
    ['Japanese brackets', ['「はい。」', 'と']],
    ['Japanese small letters begin no word', ['言っ', 'た。']],
    ['katakana', ['カタカナ', '語']],
    ['Korean', ['한국어', ' 문장입니다.']],
    ['Thai', ['ภาษา', 'ไทย', 'ง่าย']],
    ['Arabic', ['مرحبا', ' بالعالم،', ' نعم؟']],
    ['Hindi', ['हिन्दी', ' वाक्य।']],
    ['emoji', ['👍🏽', ' ok', ' 👩‍👩‍👧', '🇩🇪!']],
  ]);
});

describe('Markdown and code', () => {
  holds([
    ['bullets', ['-', ' a\n', '-', ' b\n']],
    ['numbered lists', ['1.', ' one\n', '2.', ' two']],
    ['a table', ['|', ' a', ' |', ' b', ' |\n', '|---|---|\n', '|', ' 1', ' |']],
    ['emphasis', ['**bold**', ' _it_', ' `code`', ' ~~no~~']],
    ['a link', ['[link]', '(https://a.b/c)', ' x']],
    ['indentation', ['if', ' x:\n', '\treturn', ' y[0]'.slice(0, 2), '[0]']],
    ['names', ['snake_case', ' camelCase', ' x86_64', ' C++']],
    ['JSON', ['{"a":', ' [1,', ' 2]}']],
  ]);
});

describe('white space', () => {
  holds([
    ['dots', ['wait...', ' what…', 'no']],
    ['tabs go with the word after', ['a', '\tb', '\t\tc']],
    ['Windows lines', ['a\r\n', 'b\r\n\r\n', 'c']],
    ['blank lines', ['a\n\n\n', 'b']],
    ['wide and fixed spaces', ['a', '\u00a0b', '\u3000c']],
  ]);
});
