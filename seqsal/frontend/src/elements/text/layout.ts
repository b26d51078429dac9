/** Texts shorter than this, in characters, are not divided into blocks. */
const LONG_TEXT = 6_000;
/** A block ends at the first line break after this many characters. */
const BLOCK = 600;

/** The element of a segment, and the white space around it. */
export interface Piece {
  readonly span: HTMLElement;
  /** White space before and after the element. */
  readonly lead: string;
  readonly tail: string;
  /** The number of characters of the text that the element shows. */
  readonly core: number;
}

/** Some lines of a long text, and the pieces [first, end) on them. */
export interface Block {
  /** Has the reserved height. */
  readonly outer: HTMLElement;
  /** Has the actual height of the lines. */
  readonly inner: HTMLElement;
  readonly first: number;
  end: number;
}

/**
 * Puts pieces [first, end) into an element, those of a long text in blocks of lines. Returns the blocks.
 *
 * A block starts after a line break, so that the text looks continuous.
 */
export function layOut(into: HTMLElement, pieces: readonly Piece[], first: number, end: number): Block[] {
  const all = document.createDocumentFragment();
  const blockStarts = new BlockStarts(textOf(pieces.slice(first, end)));
  const blocks: Block[] = [];
  let [open, gap, at]: [Node, string, number] = [all, '', 0];
  for (let i = first; i < end; i++) {
    const piece = pieces[i];
    if (piece === undefined) break;
    gap += piece.lead;
    const cut = blockStarts.within(gap, at);
    addText(open, gap.slice(0, cut ?? gap.length));
    if (cut !== null) {
      const block = makeBlock(i);
      blocks.push(block);
      all.append(block.outer);
      open = block.inner;
      addText(open, gap.slice(cut));
    }
    open.appendChild(piece.span);
    at += gap.length + piece.core;
    gap = piece.tail;
    const block = blocks.at(-1);
    if (block) block.end = i + 1;
  }
  addText(open, gap);
  into.replaceChildren(all);
  return blocks;
}

/**
 * Where blocks start. This depends only on the text and not on its pieces, so that a measured block is recognized again. A start
 * inside a piece moves to after the next line break between two pieces.
 */
class BlockStarts {
  readonly #starts: readonly number[];
  #next = 0;
  #missed = false;

  constructor(text: string) {
    this.#starts = startsOf(text);
  }

  /** Where a block starts in the white space between two pieces, which starts at character `at`; or null. */
  within(gap: string, at: number): number | null {
    for (; (this.#starts[this.#next] ?? Infinity) < at; this.#next++) this.#missed = true;
    const cut = (this.#starts[this.#next] ?? Infinity) - at;
    const line = gap.lastIndexOf('\n') + 1;
    if (cut > gap.length && !(this.#missed && line > 0)) return null;
    this.#missed = false;
    if (cut > gap.length) return line;
    this.#next += 1;
    return cut;
  }
}

function startsOf(text: string): number[] {
  if (text.length < LONG_TEXT) return [];
  const starts = [0];
  for (const { index } of text.matchAll(/\n[^\S\n]*(?=\S)/g)) {
    const at = index + 1;
    if (at - (starts.at(-1) ?? 0) >= BLOCK) starts.push(at);
  }
  return starts;
}

function textOf(pieces: readonly Piece[]): string {
  return pieces.map(({ lead, span, core, tail }) => (core > 0 ? lead + span.textContent + tail : '')).join('');
}

function makeBlock(first: number): Block {
  const [outer, inner] = [document.createElement('div'), document.createElement('div')];
  outer.className = 'block';
  outer.append(inner);
  return { outer, inner, first, end: first };
}

function addText(to: Node, text: string): void {
  if (text !== '') to.appendChild(document.createTextNode(text));
}
