import { keyOf, parseKey } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Example } from './host.js';
import type { Sequence } from './sequences.js';
import type { Source } from './view-state.js';

/** Where a view stands, in a form that outlives the page: a sequence, and what of it is selected. */
export interface Place {
  readonly source: Source;
  /** Which of several responses, from 0. */
  readonly index: number;
  /** Tells whether the text is still the same: a model that draws its answers at random gives another each time. */
  readonly print: string;
  /** The selected tokens as `keyOf` writes them, or ''. */
  readonly selection: string;
}

/** `printed` may remember: a print goes through the whole text. */
export function placeOf(
  example: Example | null,
  sequences: readonly Sequence[],
  sequence: Sequence | null,
  selection: TokenSet | null,
  printed = printOf,
): Place | null {
  if (example === null || sequence === null) return null;
  const { source } = sequence;
  const index = sequences.filter((other) => other.source === source).findIndex(({ text }) => text === sequence.text);
  const print = printed(example.prompt, sequence.text);
  return { source, index: Math.max(0, index), print, selection: selection === null ? '' : keyOf(selection) };
}

/** The sequence of a place, or null where there is none such. */
export function sequenceAt(place: Place, sequences: readonly Sequence[]): Sequence | null {
  return sequences.filter(({ source }) => source === place.source)[place.index] ?? null;
}

/** The selection of a place; null where it has none, or where the text is another than it was. */
export function selectionAt(place: Place, prompt: string, target: string, count: number): TokenSet | null {
  return place.print === printOf(prompt, target) ? parseKey(place.selection, count) : null;
}

/** "response.1xw8k2.12-15.20-22": a place in the words of an address. */
export function formatPlace({ source, index, print, selection }: Place): string {
  const name = index === 0 ? NAMES[source] : `${NAMES[source]}-${String(index + 1)}`;
  return [name, print, ...(selection === '' ? [] : [selection])].join('.');
}

export function parsePlace(text: string): Place | null {
  const [, name, number = '1', print = '', selection = ''] =
    /^(response|target)(?:-(\d{1,3}))?\.([0-9a-z]+)(?:\.([-.\d]+))?$/.exec(text) ?? [];
  if (name === undefined) return null;
  const source = name === NAMES.dataset ? 'dataset' : 'response';
  return { source, index: Math.max(0, Number(number) - 1), print, selection };
}

const NAMES: Record<Source, string> = { response: 'response', dataset: 'target' };

/** A few letters that are others for almost every other text (FNV-1a, 32 bits). */
export function printOf(prompt: string, target: string): string {
  let hash = 2166136261;
  const text = `${prompt}\u0000${target}`;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return (hash >>> 0).toString(36);
}
