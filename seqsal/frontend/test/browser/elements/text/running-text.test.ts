// The text on the page against the same text in one element of its own, as an editor shows it: character by character.
import { describe, expect, it, test } from 'vitest';
import type { Tokens } from '../../../../src/core/state/host.js';
import type { Unit } from '../../../../src/core/text/boundaries.js';
import { newest, settled } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const CUTS: readonly Unit[] = ['words', 'sentences', 'lines', 'paragraphs'];

const TEXTS: Readonly<Record<string, string>> = {
  'line breaks and blank lines': 'One\n\n\nTwo\nThree. Four.\n\n  \nFive',
  'indentation and several spaces': 'def f(x):\n    if x  ==  1:\n        return   x\n  end.   Done.',
  'tabs': 'Name\tAge\tTown\nAnn\t3\tBonn\n\tindented\t\ttwice',
  'lines too long for the page': 'A rather long line of words that goes on. And on, until it has to be broken. '.repeat(
    6,
  ),
  'a word too long for the page': `See https://example.org/${'a-very-long-path/'.repeat(12)} there. Then go.`,
  'spaces at the end of lines': 'One   \nTwo. \n Three  ',
  'Markdown':
    '# Title\n\n- one\n  - two\n    1. three\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n\n```\ncode\n```\n',
  'Arabic': 'مرحبا بالعالم، كيف حالك؟ أنا بخير.\nالسطر الثاني، وفيه ٣ كلمات.',
  'Arabic with English in it': 'كلمة model في الوسط (مهم). نعم!\nAnd English with كلمة عربية inside.\nשלום world 12.',
  'Chinese and Japanese': '你好，世界。我很好！\n「はい。」と言った。これはテストです。\n'.repeat(3),
  'Thai': 'สวัสดีครับ ผมชื่อสมชาย ภาษาไทยไม่มีช่องว่าง\n'.repeat(3),
  'Windows line breaks': 'One\r\n\r\nTwo. Three\r\n  four',
  'emoji and combining letters': 'Hi 😀👩‍👩‍👧🇩🇪! e\u0301te\u0301 ok.\nनमस्ते दुनिया।',
};

/** Long enough to be laid out in blocks. */
const LONG = Array.from({ length: 40 }, () => Object.values(TEXTS).slice(0, 9).join('\n')).join('\n');

/** The text that is shown. A special token that is not is there all the same. */
function* textsIn(element: HTMLElement): Generator<Text> {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node instanceof Text && node.parentElement?.matches('.special') === false) yield node;
  }
}

function textIn(element: HTMLElement): string {
  return Array.from(textsIn(element), ({ data }) => data).join('');
}

interface Place {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** The position of each character from the upper left corner of the element. White space at a line wrap has none. */
function placesIn(element: HTMLElement, every = 1): Place[] {
  const origin = element.getBoundingClientRect();
  const range = document.createRange();
  const places: Place[] = [];
  let count = 0;
  for (const node of textsIn(element)) {
    for (const { index, 0: text } of node.data.matchAll(/\S/gu)) {
      if (count++ % every !== 0) continue;
      range.setStart(node, index);
      range.setEnd(node, index + text.length);
      const { left, top } = range.getBoundingClientRect();
      places.push({ text, x: Math.round(left - origin.left), y: Math.round(top - origin.top) });
    }
  }
  return places;
}

/** The text in one element, with the measures of the one in the module. */
function reference(flow: HTMLElement, text: string): HTMLElement {
  const { font, lineHeight, letterSpacing } = getComputedStyle(flow);
  const element = document.createElement('div');
  element.style.cssText = `white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext;position:absolute;left:0;top:0`;
  Object.assign(element.style, { font, lineHeight, letterSpacing, width: `${String(flow.clientWidth)}px` });
  // As a text area shows them.
  element.textContent = text.replaceAll('\r\n', '\n');
  document.body.append(element);
  return element;
}

/** As common tokenizers cut: a word with the space before it, line breaks and other spaces for themselves. */
function tokensOf(...texts: string[]): Tokens {
  const tokens = texts.flatMap((text) => text.match(/ ?[\p{L}\p{M}]{1,7}|\r\n|\n{1,2}|[^]/gu) ?? []);
  return { tokens, special: [] };
}

async function openAt(text: string, unit: Unit): Promise<{ stage: Stage; flow: HTMLElement }> {
  const stage = new Stage();
  stage.store.show({ key: text, prompt: text, target: '' }, stage.host);
  newest(stage.host.generations).resolve([{ text: ' So.', score: null }]);
  await settled();
  newest(stage.host.tokenizations).resolve(tokensOf(text, ' So.'));
  await stage.drawn();
  stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit, pattern: '', role: 'ends' } } });
  await stage.drawn();
  const flow = stage.part('seqsal-text').renderRoot.querySelector<HTMLElement>('.prompt .flow');
  if (flow === null) throw new Error('There is no prompt.');
  return { stage, flow };
}

/** Characters that are not within a pixel of where they belong. */
function strays(places: readonly Place[], expected: readonly Place[]): string[] {
  return expected.flatMap(({ text, x, y }, i) => {
    const place = places[i];
    const near = place?.text === text && Math.abs(place.x - x) <= 1 && Math.abs(place.y - y) <= 1;
    return near ? [] : [`${text} at ${JSON.stringify(place)}, not ${String(x)}, ${String(y)}`];
  });
}

describe.each(CUTS)('text in %s is where the editor has it:', (unit) => {
  test.each(Object.entries(TEXTS))('%s', async (_, text) => {
    const { flow } = await openAt(text, unit);
    const expected = reference(flow, text);
    expect(textIn(flow)).toBe(text);
    expect(strays(placesIn(flow), placesIn(expected))).toEqual([]);
    expected.remove();
  });
});

describe.each(CUTS)('a long text cut into %s', (unit) => {
  it('is where the editor has it, also where the browser has no layout', async () => {
    const { flow } = await openAt(LONG, unit);
    const expected = reference(flow, LONG);
    expect(flow.querySelectorAll('.block').length).toBeGreaterThan(5);
    expect(textIn(flow)).toBe(LONG);
    expect(flow.offsetHeight).toBe(expected.offsetHeight);
    expect(strays(placesIn(flow, 53), placesIn(expected, 53))).toEqual([]);
    expected.remove();
  });
});

it('is as high as in the editor’s text area', async () => {
  const text = TEXTS['indentation and several spaces'] ?? '';
  const { flow } = await openAt(text, 'words');
  const area = document.createElement('textarea');
  area.value = text;
  const { font, lineHeight } = getComputedStyle(flow);
  Object.assign(area.style, { font, lineHeight, padding: '0', border: '0', height: '0', overflow: 'hidden' });
  area.style.width = `${String(flow.clientWidth)}px`;
  document.body.append(area);
  expect(flow.offsetHeight).toBe(area.scrollHeight);
  area.remove();
});

it('gives each line the direction of its script', async () => {
  const { flow } = await openAt('English first.\nالعربية ثانيا.\nEnglish again.', 'sentences');
  const [english, arabic, again] = [...flow.querySelectorAll('.s')].map((span) => span.getBoundingClientRect());
  const { left, right } = flow.getBoundingClientRect();
  expect([english?.left, again?.left]).toEqual([left, left]);
  expect(arabic?.right).toBeCloseTo(right, 0);
});

it('is copied exactly, across block borders', async () => {
  const { flow } = await openAt(LONG, 'words');
  getSelection()?.selectAllChildren(flow);
  expect(getSelection()?.toString()).toBe(LONG);
  getSelection()?.removeAllRanges();
});

it('keeps the scroll position of a long text when its segmentation changes', async () => {
  const { stage, flow } = await openAt(LONG, 'sentences');
  const text = stage.part('seqsal-text');
  text.scrollTop = text.scrollHeight / 2;
  await stage.drawn();
  const [height, top] = [flow.offsetHeight, text.scrollTop];
  stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'words', pattern: '', role: 'ends' } } });
  await stage.drawn();
  expect(flow.offsetHeight).toBe(height);
  expect(text.scrollTop).toBe(top);
});
