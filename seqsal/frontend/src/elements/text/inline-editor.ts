import { MOST_EDITED } from '../../core/state/edit.js';
import type { Edit } from '../../core/state/edit.js';
import type { Segment } from '../../core/text/segment.js';
import { overlaps } from '../../core/text/tokens.js';
import type { Span } from '../../core/text/span.js';
import { sendAction } from '../common/element.js';

/** The text that is edited. */
interface Editable extends EventTarget {
  readonly segments: readonly Segment[];
  readonly edit: Edit | null | undefined;
  focusSegment(index: number): void;
}

/** What must not reach the gestures of the text, or the keys of the page. */
const OWN_EVENTS = ['pointerdown', 'mousedown', 'click', 'dblclick', 'contextmenu', 'keydown', 'keyup', 'focusin'];

/**
 * A field in the running text, at the place of the segments that are edited. It dispatches `edit` and `run` actions: Ctrl or Cmd and
 * Enter runs the changed prompt, Escape discards the change. A third click after the two that opened it, and Ctrl or Cmd and A once
 * all of it is selected, widen it to the paragraph, and again to the message.
 */
export class InlineEditor {
  readonly #host: Editable;
  readonly #spanAt: (index: number) => HTMLElement | undefined;
  #field: HTMLElement | null = null;
  /** The place of the open field. */
  #chars: Span = { start: -1, end: -1 };
  /** The nodes that the field takes the place of: those of each block of lines together. */
  #hidden: readonly HTMLElement[] = [];
  /** The text around it of segments of which it takes only a part. */
  #rests: readonly HTMLElement[] = [];
  /** Whether the clicks that opened the field may go on. */
  #clicking = false;
  /** Whether the field was requested to widen. */
  #widening = false;

  constructor(host: Editable, spanAt: (index: number) => HTMLElement | undefined) {
    [this.#host, this.#spanAt] = [host, spanAt];
  }

  /** Shows the edit of the host. `rebuilt` means that the segments have new spans. */
  update(rebuilt: boolean): void {
    const { edit } = this.#host;
    if (!edit) {
      this.#close(rebuilt);
      return;
    }
    const { start, end } = this.#chars;
    const same = this.#field !== null && start === edit.chars.start && end === edit.chars.end && !rebuilt;
    if (!same) this.#open(edit, rebuilt);
    else if (this.#field && textOf(this.#field) !== edit.text) this.#field.textContent = edit.text;
  }

  #open(edit: Edit, rebuilt: boolean): void {
    const { start, end } = this.#chars;
    const elsewhere = this.#field === null || start !== edit.chars.start || end !== edit.chars.end;
    const focused = this.#field?.matches(':focus') === true || (elsewhere && !isTypingElsewhere());
    this.#close(rebuilt);
    const touched = this.#host.segments.flatMap((segment, i) => {
      const span = segment.special || !overlaps(segment.chars, edit.chars) ? undefined : this.#spanAt(i);
      return span ? [{ segment, span }] : [];
    });
    const [first, last] = [touched[0], touched.at(-1)];
    if (!first || !last) return;
    const field = this.#makeField(edit.text);
    this.#rests = [restOf(first.segment, 0, edit.chars.start), restOf(last.segment, edit.chars.end, Infinity)];
    const [head, tail] = this.#rests;
    first.span.before(...(head ? [head] : []), field, ...(tail ? [tail] : []));
    const parents = new Set(touched.map(({ span }) => span.parentNode));
    this.#hidden = Array.from(parents, (parent) =>
      hide(touched.flatMap(({ span }) => (span.parentNode === parent ? [span] : []))),
    );
    [this.#field, this.#chars] = [field, edit.chars];
    const widened = this.#widening;
    [this.#clicking, this.#widening] = [elsewhere, false];
    if (!focused) return;
    field.focus({ preventScroll: rebuilt || widened });
    getSelection()?.selectAllChildren(field);
    if (!widened) getSelection()?.collapseToEnd();
  }

  #close(rebuilt: boolean): void {
    const [field, hidden, rests] = [this.#field, this.#hidden, this.#rests];
    [this.#field, this.#hidden, this.#rests] = [null, [], []];
    if (field === null || rebuilt) return;
    const focused = field.matches(':focus');
    const index = this.#host.segments.findIndex((_, i) => hidden[0]?.contains(this.#spanAt(i) ?? null));
    for (const node of [field, ...rests]) node.remove();
    for (const each of hidden) each.replaceWith(...each.childNodes);
    if (focused && index >= 0) this.#host.focusSegment(index);
  }

  #makeField(text: string): HTMLElement {
    const field = document.createElement('span');
    field.className = 'field';
    // No role: a list of segments may hold no text field. Screen readers announce what can be edited.
    field.textContent = text;
    field.dir = 'auto';
    field.addEventListener('paste', (event) => {
      this.#refuseLong(event, event.clipboardData, field);
    });
    field.addEventListener('drop', (event) => {
      this.#refuseLong(event, event.dataTransfer, field);
    });
    makeEditable(field);
    for (const type of OWN_EVENTS) {
      field.addEventListener(type, (event) => {
        event.stopPropagation();
      });
    }
    field.addEventListener('keydown', this.#onKey);
    field.addEventListener('mousedown', (event) => {
      // The first click in the field begins a series of its own, whose third one selects as in any field.
      this.#clicking &&= event.detail > 2;
      if (this.#clicking) this.#widen(event);
    });
    field.addEventListener('input', () => {
      const { edit } = this.#host;
      if (edit) sendAction(this.#host, { type: 'edit', edit: { ...edit, text: textOf(field) } });
    });
    return field;
  }

  /** A text that would freeze the page is not pasted: it is still in the clipboard. */
  #refuseLong(event: Event, data: DataTransfer | null, field: HTMLElement): void {
    const length = data?.getData('text/plain').length ?? 0;
    const { edit } = this.#host;
    if (!edit || length + field.textContent.length <= MOST_EDITED) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const [given, most] = [length, MOST_EDITED].map((count) => count.toLocaleString('en'));
    const refused = `This text has ${given ?? ''} characters, and an edit in place takes ${most ?? ''}. Nothing was pasted.`;
    sendAction(this.#host, { type: 'edit', edit, refused });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key === 'a' && this.#isAllSelected()) {
      this.#widen(event);
      return;
    }
    if (event.key === 'Escape') sendAction(this.#host, { type: 'edit', edit: null });
    else if (event.key === 'Enter' && command) sendAction(this.#host, { type: 'run' });
    else return;
    event.preventDefault();
  };

  #widen(event: Event): void {
    event.preventDefault();
    this.#widening = true;
    sendAction(this.#host, { type: 'widen' });
  }

  #isAllSelected(): boolean {
    const text = this.#field?.textContent ?? '';
    return getSelection()?.toString().trim() === text.trim();
  }
}

/** Whether the user is typing in another field of the page, which keeps the focus. */
function isTypingElsewhere(): boolean {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active?.matches('input, textarea, [contenteditable]') ?? false;
}

/** The text of a segment between two characters, without the white space around the segment. */
function restOf({ chars, text }: Segment, start: number, end: number): HTMLElement {
  const rest = document.createElement('span');
  const lead = chars.start + text.length - text.trimStart().length;
  const core = text.trim();
  rest.textContent = core.slice(Math.max(0, start - lead), Math.max(0, end - lead));
  return rest;
}

/** Plain text only. Where the browser does not know that mode, pasted text loses its formats here. */
function makeEditable(field: HTMLElement): void {
  try {
    field.contentEditable = 'plaintext-only';
  } catch {
    field.contentEditable = 'true';
    field.addEventListener('paste', (event) => {
      event.preventDefault();
      const range = getSelection()?.getRangeAt(0);
      range?.deleteContents();
      range?.insertNode(document.createTextNode(event.clipboardData?.getData('text/plain') ?? ''));
      range?.collapse();
      field.dispatchEvent(new InputEvent('input'));
    });
  }
}

/** Browsers keep a line break at the end that nobody typed, so that the last line has a height. */
function textOf(field: HTMLElement): string {
  const text = field.textContent;
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

/** Hides some nodes, and those between them. */
function hide(spans: readonly HTMLElement[]): HTMLElement {
  const hidden = document.createElement('span');
  hidden.hidden = true;
  const [first, last] = [spans[0], spans.at(-1)];
  if (!first || !last) return hidden;
  first.before(hidden);
  for (let node: ChildNode | null = first; node;) {
    const next: ChildNode | null = node === last ? null : node.nextSibling;
    hidden.append(node);
    node = next;
  }
  return hidden;
}
