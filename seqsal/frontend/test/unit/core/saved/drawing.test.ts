import { describe, expect, it } from 'vitest';
import { dashesOf, pointsOf, runsLeft, toSvg } from '../../../../src/core/saved/drawing.js';
import type { Drawing } from '../../../../src/core/saved/drawing.js';

const TEXT = { x: 4, y: 14, width: 30, size: 13, bold: false, colour: '#000' };
const DRAWING: Drawing = {
  width: 100,
  height: 50.123,
  background: '#fff',
  font: 'Roboto, \'a "b"\'',
  boxes: [{ x: 1, y: 2, width: 3, height: 4.5678, fill: 'rgb(1, 2, 3)', edge: '' }],
  lines: [],
  texts: [{ ...TEXT, text: '<b> & "c"\u0000' }],
};

describe('a picture as SVG', () => {
  it('has every box and text in its place, and escapes text', () => {
    expect(toSvg(DRAWING)).toBe(
      [
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50.12" viewBox="0 0 100 50.12"' +
          ' font-family="Roboto, \'a &quot;b&quot;\'">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        '<rect x="1" y="2" width="3" height="4.57" rx="2" fill="rgb(1, 2, 3)"/>',
        '<text x="4" y="14" textLength="30" lengthAdjust="spacingAndGlyphs" font-size="13" fill="#000"' +
          ' xml:space="preserve">&lt;b&gt; &amp; &quot;c&quot;</text>',
        '</svg>\n',
      ].join('\n'),
    );
  });

  it('draws right-to-left text from its right edge', () => {
    const svg = toSvg({ ...DRAWING, texts: [{ ...TEXT, text: '«مرحبا»' }] });
    expect(svg).toContain('<text x="34" y="14" direction="rtl"');
  });
});

it.each([
  ['مرحبا hello', true],
  ['(שלום', true],
  ['hello مرحبا', false],
  ['12 %', false],
  ['世界', false],
])('knows the direction of %s', (text, expected) => {
  expect(runsLeft(text)).toBe(expected);
});

describe('an underline', () => {
  const line = { x: 10, y: 5, width: 8, style: 'solid', thickness: 2, colour: '#000' };
  it('is straight, dashed, or a wave from end to end', () => {
    expect(pointsOf(line)).toEqual([
      [10, 5],
      [18, 5],
    ]);
    const wave = pointsOf({ ...line, style: 'wavy' });
    expect([wave[0]?.[0], wave.at(-1)?.[0]]).toEqual([10, 18]);
    expect(new Set(wave.map(([, y]) => y))).toEqual(new Set([7, 3]));
    expect(['solid', 'wavy', 'dotted', 'dashed'].map((style) => dashesOf({ ...line, style }))).toEqual([
      [],
      [],
      [2, 2],
      [6, 4],
    ]);
  });
});
