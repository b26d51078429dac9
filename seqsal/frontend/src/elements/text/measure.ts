import type { Box, Drawing, Line, Text } from '../../core/saved/drawing.js';
import { LINES } from './certainty-painter.js';
import type { CertaintyPainter } from './certainty-painter.js';

/** The maximum height of a picture. Of a taller text, only the part in view is drawn. */
export const MOST_HEIGHT = 7000;
const MARGIN = 12;
const CAPTION_LINE = 18;

export interface Measured {
  readonly drawing: Drawing;
  /** Whether it shows the whole text. */
  readonly whole: boolean;
}

/** The part of the page that is drawn, in window coordinates. */
interface Frame {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
}

/** A drawing of the text as it is on the page, with caption lines below it. Changes nothing. */
export function measureText(host: HTMLElement, certainty: CertaintyPainter, captions: readonly string[]): Measured {
  const root = host.shadowRoot;
  if (root === null) throw new Error('There is no text to draw yet.');
  const whole = host.scrollHeight <= MOST_HEIGHT;
  const rect = host.getBoundingClientRect();
  const top = whole ? rect.top - host.scrollTop : rect.top;
  const height = whole ? endOf(root, top) : host.clientHeight;
  const frame = { top, bottom: top + height, left: rect.left };
  const style = getComputedStyle(host);
  const texts = [...textsOf(root, frame), ...captionsOf(captions, height, host.clientWidth, style)];
  const drawing = {
    width: host.clientWidth,
    height: height + (captions.length > 0 ? captions.length * CAPTION_LINE + MARGIN : 0),
    background: style.getPropertyValue('--seqsal-surface') || '#fff',
    font: style.fontFamily.replaceAll('"', "'"),
    boxes: [...boxesOf(root, frame)],
    lines: [...underlinesOf(root, frame), ...certaintiesOf(certainty, frame, style)],
    texts,
  };
  return { drawing, whole };
}

/** The height of the text from `top`; empty space below it is not part of the picture. */
function endOf(root: ShadowRoot, top: number): number {
  const bottoms = Array.from(root.querySelectorAll('.region'), (region) => region.getBoundingClientRect().bottom);
  return Math.max(...bottoms) - top + MARGIN;
}

function inside({ top, bottom }: Frame, rect: DOMRect): boolean {
  return rect.bottom > top && rect.top < bottom && rect.width > 0;
}

function isClear(colour: string): boolean {
  return colour === 'transparent' || /,\s*0\)$/.test(colour);
}

function* boxesOf(root: ShadowRoot, frame: Frame): Generator<Box> {
  for (const element of root.querySelectorAll<HTMLElement>('.region, .fold, .s, .special')) {
    const rects = [...element.getClientRects()].filter((rect) => inside(frame, rect));
    if (rects.length === 0) continue;
    const { backgroundColor, boxShadow } = getComputedStyle(element);
    const edge = boxShadow.includes('inset') ? (/^rgba?\([^)]*\)|^#\w+/.exec(boxShadow)?.[0] ?? '') : '';
    if (isClear(backgroundColor) && edge === '') continue;
    const fill = isClear(backgroundColor) ? 'none' : backgroundColor;
    for (const { left, top, width, height } of rects) {
      yield { x: left - frame.left, y: top - frame.top, width, height, fill, edge };
    }
  }
}

/** The underlines of segments, if heat is drawn as underlines. */
function* underlinesOf(root: ShadowRoot, frame: Frame): Generator<Line> {
  for (const element of root.querySelectorAll<HTMLElement>('.s')) {
    const rects = [...element.getClientRects()].filter((rect) => inside(frame, rect));
    if (rects.length === 0) continue;
    const { borderBottomWidth, borderBottomColor } = getComputedStyle(element);
    const thickness = Number.parseFloat(borderBottomWidth);
    if (thickness === 0 || isClear(borderBottomColor)) continue;
    for (const { left, bottom, width } of rects) {
      const y = bottom - frame.top - thickness / 2;
      yield { x: left - frame.left, y, width, style: 'solid', thickness, colour: borderBottomColor };
    }
  }
}

function* certaintiesOf(painter: CertaintyPainter, frame: Frame, page: CSSStyleDeclaration): Generator<Line> {
  for (const { certainty, rect } of painter.lines()) {
    if (!inside(frame, rect)) continue;
    const { style, width: thickness } = LINES[certainty];
    const colour = page.getPropertyValue(`--seqsal-${certainty}`);
    const y = rect.bottom - frame.top - 1;
    yield { x: rect.left - frame.left, y, width: rect.width, style, thickness, colour };
  }
}

function* textsOf(root: ShadowRoot, frame: Frame): Generator<Text> {
  const metrics = new Metrics();
  const names = [...root.querySelectorAll('.name')];
  for (const part of [...names, ...root.querySelectorAll('.flow')]) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!(node instanceof globalThis.Text) || parent === null || node.data.trim() === '') continue;
      const style = getComputedStyle(parent);
      for (const { text, rect } of fragmentsOf(node, frame)) {
        const size = Number.parseFloat(style.fontSize);
        const y = rect.top - frame.top + metrics.baseline(style, rect.height);
        const bold = Number(style.fontWeight) >= 500;
        yield { x: rect.left - frame.left, y, width: rect.width, text, size, bold, colour: style.color };
      }
    }
  }
}

interface Fragment {
  readonly text: string;
  readonly rect: DOMRect;
}

// A combining mark has no position of its own.
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The parts of a text, one for each line. */
function* fragmentsOf(node: globalThis.Text, frame: Frame): Generator<Fragment> {
  const range = document.createRange();
  range.selectNodeContents(node);
  if (!inside(frame, range.getBoundingClientRect())) return;
  let open: { start: number; end: number; top: number } | null = null;
  const closed = (part: { start: number; end: number }): Fragment | null => {
    range.setStart(node, part.start);
    range.setEnd(node, part.end);
    const rect = range.getBoundingClientRect();
    return inside(frame, rect) ? { text: node.data.slice(part.start, part.end), rect } : null;
  };
  for (const { index, segment: word } of graphemes.segment(node.data)) {
    if (word.trim() === '') continue;
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const { top, height } = range.getBoundingClientRect();
    if (open !== null && Math.abs(top - open.top) < height / 2) open.end = index + word.length;
    else {
      const fragment = open && closed(open);
      if (fragment) yield fragment;
      open = { start: index, end: index + word.length, top };
    }
  }
  const fragment = open && closed(open);
  if (fragment) yield fragment;
}

/** The baseline of a line, relative to its top. Measured once for each font. */
class Metrics {
  readonly #context = document.createElement('canvas').getContext('2d');
  readonly #known = new Map<string, { above: number; below: number }>();

  baseline({ fontSize, fontFamily, fontWeight }: CSSStyleDeclaration, height: number): number {
    const font = `${fontWeight} ${fontSize} ${fontFamily}`;
    const { above, below } = this.#known.get(font) ?? this.#measure(font);
    return (height - above - below) / 2 + above;
  }

  #measure(font: string): { above: number; below: number } {
    if (this.#context === null) return { above: 10, below: 3 };
    this.#context.font = font;
    const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = this.#context.measureText('x');
    this.#known.set(font, { above, below });
    return { above, below };
  }
}

function captionsOf(captions: readonly string[], top: number, width: number, style: CSSStyleDeclaration): Text[] {
  const context = document.createElement('canvas').getContext('2d');
  const size = 12;
  const colour = style.getPropertyValue('--seqsal-muted');
  return captions.map((text, i) => {
    if (context) context.font = `${String(size)}px ${style.fontFamily}`;
    const measured = context?.measureText(text).width ?? width;
    const y = top + MARGIN + CAPTION_LINE * i + size / 2;
    return { x: MARGIN, y, width: Math.min(width - 2 * MARGIN, measured), text, size, bold: false, colour };
  });
}
