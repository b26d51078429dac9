/** A text shorter than this, in characters, is laid out in one go. */
const LONG_TEXT = 6_000;
/** A block ends at the first end of a line after this many characters. */
const BLOCK = 600;

/** What stands on the page for a segment. */
export interface Piece {
  readonly span: HTMLElement;
  /** White space before and after it, which is no part of it. */
  readonly lead: string;
  readonly tail: string;
  /** How many characters of the text its span shows. */
  readonly core: number;
}

/** Some lines of a long text, and the pieces [first, end) on them. */
export interface Block {
  /** Takes the room. */
  readonly outer: HTMLElement;
  /** Has the height that the lines really have. */
  readonly inner: HTMLElement;
  readonly first: number;
  end: number;
}

/**
 * Puts pieces [first, end) into an element, one after the other; those of a long text in blocks of lines, which are the result.
 *
 * A block begins after a line break, so that the text looks as if it were in one.
 */
export function layOut(into: HTMLElement, pieces: readonly Piece[], first: number, end: number): Block[] {
  const all = document.createDocumentFragment();
  const cuts = new Cuts(textOf(pieces.slice(first, end)));
  const blocks: Block[] = [];
  let [open, gap, at]: [Node, string, number] = [all, '', 0];
  for (let i = first; i < end; i++) {
    const piece = pieces[i];
    if (piece === undefined) break;
    gap += piece.lead;
    const cut = cuts.within(gap, at);
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
 * Where blocks begin. Only the text counts, not how it is cut into pieces, for a block that was measured is then known again. A
 * cut within a piece, which can not be made, is made after the next line break between two pieces.
 */
class Cuts {
  readonly #starts: readonly number[];
  #next = 0;
  #missed = false;

  constructor(text: string) {
    this.#starts = startsOf(text);
  }

  /** Where in the white space between two pieces, which begins at character `at`, a block begins, or null. */
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
