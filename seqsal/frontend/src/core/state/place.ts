import type { Versus } from '../scores/contrast.js';
import { keyOf, parseKey } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Example } from './host.js';
import type { Sequence } from './sequences.js';
import type { Source } from './view-state.js';

/** A sequence and the selection in it, in a form that can be kept in an address. */
export interface Place {
  readonly source: Source;
  /** Which of several responses, from 0. */
  readonly index: number;
  /** Shows whether the text is still the same: a model that samples answers gives another each time. */
  readonly fingerprint: string;
  /** The selected tokens in the format of `keyOf`, or ''. */
  readonly selection: string;
  /** What the selection is explained against, if anything. */
  readonly versus?: Versus | null;
}

/** The longest text of a contrast that is written into an address, in characters. */
const MOST_IN_ADDRESS = 500;

/** The selection of a view, and what it is explained against. */
interface Asked {
  readonly selection: TokenSet | null;
  readonly versus?: Versus | null;
}

/** `fingerprint` may be memoized: it reads the whole text. */
export function placeOf(
  example: Example | null,
  sequences: readonly Sequence[],
  sequence: Sequence | null,
  { selection, versus = null }: Asked,
  fingerprint = fingerprintOf,
): Place | null {
  if (example === null || sequence === null) return null;
  const { source } = sequence;
  const index = sequences.filter((other) => other.source === source).findIndex(({ text }) => text === sequence.text);
  const mark = fingerprint(example.prompt, sequence.text);
  return {
    source,
    index: Math.max(0, index),
    fingerprint: mark,
    selection: selection === null ? '' : keyOf(selection),
    ...(versus && { versus }),
  };
}

/** The sequence of a place, or null if there is none. */
export function sequenceAt(place: Place, sequences: readonly Sequence[]): Sequence | null {
  return sequences.filter(({ source }) => source === place.source)[place.index] ?? null;
}

/** The selection of a place; null if it has none or if the text has changed. */
export function selectionAt(place: Place, prompt: string, target: string, count: number): TokenSet | null {
  return place.fingerprint === fingerprintOf(prompt, target) ? parseKey(place.selection, count) : null;
}

/**
 * A place as it is written in an address: "response.1xw8k2.12-15.20-22". A contrast is at the end, with the id of its token or
 * without one: "response.1xw8k2.12-12.vs-345: Oslo", "response.1xw8k2.12-15.vs: Avoid it."; one with a long text is left out.
 */
export function formatPlace({ source, index, fingerprint, selection, versus }: Place): string {
  const name = index === 0 ? NAMES[source] : `${NAMES[source]}-${String(index + 1)}`;
  return [name, fingerprint, ...(selection === '' ? [] : [selection, ...formatVersus(versus ?? null)])].join('.');
}

function formatVersus(versus: Versus | null): string[] {
  if (versus === null || versus.text.length > MOST_IN_ADDRESS) return [];
  return [`vs${versus.token === null ? '' : `-${String(versus.token)}`}:${versus.text}`];
}

export function parsePlace(text: string): Place | null {
  const [, name, number = '1', fingerprint = '', selection = '', token, other] =
    /^(response|target)(?:-(\d{1,3}))?\.([0-9a-z]+)(?:\.([-.\d]+))?(?:\.vs(?:-(\d{1,9}))?:(.*))?$/s.exec(text) ?? [];
  if (name === undefined) return null;
  const source = name === NAMES.dataset ? 'dataset' : 'response';
  // The text of a token may be empty, such as that of an end token.
  const hasOther = other !== undefined && (other !== '' || token !== undefined);
  const versus = hasOther ? { text: other, token: token === undefined ? null : Number(token) } : null;
  return {
    source,
    index: Math.max(0, Number(number) - 1),
    fingerprint,
    selection,
    ...(selection !== '' && versus && { versus }),
  };
}

const NAMES: Record<Source, string> = { response: 'response', dataset: 'target' };

/** A short hash of a text (FNV-1a, 32 bits). */
export function fingerprintOf(prompt: string, target: string): string {
  let hash = 2166136261;
  const text = `${prompt}\u0000${target}`;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return (hash >>> 0).toString(36);
}
