// The properties of the parts that show checks and contrasts.
import { REMOVAL_METHOD } from '../../core/scores/check.js';
import { isSigned, mapMethod, methodNamed, scoresSegments } from '../../core/scores/methods.js';
import { textOfSet, tokenDetails } from '../../core/scores/token-details.js';
import type { TokenDetail } from '../../core/scores/token-details.js';
import { SHOWN_MAP, effectSentence, likelihood } from '../../core/scores/wording.js';
import type { Checked } from '../../core/state/checked.js';
import type { Derived } from '../../core/state/derive.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import { editOf } from '../../core/state/edit.js';
import type { Granularity } from '../../core/text/boundaries.js';
import { promptWithout } from '../../core/text/messages.js';
import type { Segment } from '../../core/text/segment.js';
import { countOf } from '../../core/text/token-set.js';
import { shorten } from '../common/format.js';
import type { SeqsalActions } from '../panels/actions.js';
import type { ShownCheck, ShownContrast } from '../panels/findings.js';
import type { Sides } from '../panels/legend.js';
import type { SegmentMenu } from '../panels/segment-menu.js';
import { quickItems } from './quick-menu.js';

/** A selection of so few tokens may be one word. */
const MOST_OF_A_WORD = 3;
const FINE_UNITS: readonly string[] = ['tokens', 'words'];
const ONE_SEGMENT = 'There is only one segment to remove. Choose a finer granularity.';
const NO_SEGMENTS = 'There is no text before the selection that could be removed.';

/** What the removal of a segment does, in words; '' if it is unknown. */
export function removalWords({ state }: Snapshot, { checked }: Derived, index: number): string {
  const effect = checked?.effects[index] ?? NaN;
  return Number.isNaN(effect) ? '' : effectSentence(effect, shorten(state.versus?.text ?? '', 20));
}

export function contrastIn({ state: { selection, versus }, tokens, scored }: Snapshot): ShownContrast | null {
  if (selection === null || versus === null || tokens.status !== 'ready') return null;
  return { text: textOfSet(tokens.value, selection), other: versus.text, logprobs: scored?.logprobs ?? null };
}

export function sidesIn(snapshot: Snapshot): Sides | null {
  const contrast = contrastIn(snapshot);
  return contrast && { selection: contrast.text, other: contrast.other };
}

/** Null before a check, and while it runs. */
export function checkIn(snapshot: Snapshot, derived: Derived): ShownCheck | null {
  const { methods, state, offers } = snapshot;
  const { checked } = derived;
  if (!checked?.agreement || snapshot.check.status === 'pending') return null;
  const { agreement, check, indices } = checked;
  const other = methods.find((method) => scoresSegments(method) && method.name !== REMOVAL_METHOD);
  const map = methodNamed(methods, mapMethod(methods, state.method));
  const offered = state.method !== REMOVAL_METHOD && methodNamed(methods, REMOVAL_METHOD) !== null;
  const textOf = (i: number): string => shorten(derived.segments[indices[i] ?? -1]?.text ?? '', 60);
  return {
    agreement,
    map: state.method === REMOVAL_METHOD && map ? `“${map.label}”` : SHOWN_MAP,
    signed: isSigned(map, []),
    texts: { strongest: textOf(agreement.strongest), first: textOf(agreement.first?.index ?? -1) },
    removalMap: offered ? REMOVAL_METHOD : '',
    words: wordsOf(snapshot),
    jointMethod: other && other.name !== state.method ? other : null,
    kept: offers.comparison ? promptOfStrongest(snapshot, derived, checked) : null,
    passage: passageIn(derived, checked),
    more: offers.check && check.effects.includes(null),
  };
}

/** The granularity of words; null where no word can be explained, or the selection is hardly longer than one. */
function wordsOf({ state: { selection, granularity }, final }: Snapshot): Granularity | null {
  const [short, fine] = [countOf(selection ?? []) <= MOST_OF_A_WORD, FINE_UNITS.includes(granularity.unit)];
  return final || short || fine ? null : { ...granularity, unit: 'words' };
}

function passageIn({ segments }: Derived, { passage, indices }: Checked): ShownCheck['passage'] {
  if (passage === null) return null;
  const first = segments[indices[passage.passage.segments[0] ?? -1] ?? -1];
  return { text: first?.text.trim() ?? '', effect: likelihood(passage.effect) };
}

/** The prompt with only the strongest segments; null if none of them is in the prompt. */
function promptOfStrongest(snapshot: Snapshot, { segments }: Derived, checked: Checked): string | null {
  const strongest = checked.agreement?.together?.indices ?? [];
  const kept = new Set(strongest.map((i) => checked.indices[i]));
  const prompt = segments.filter(({ region, special }) => region === 'prompt' && !special);
  const removed = prompt.filter((segment) => !kept.has(segments.indexOf(segment)));
  return removed.length === prompt.length ? null : shortened(snapshot, removed);
}

/** The prompt without some segments; null if there is no prompt. */
function shortened({ example, tokens }: Snapshot, removed: readonly Segment[]): string | null {
  if (example === null || tokens.status !== 'ready') return null;
  const { messages, omitted } = tokens.value;
  return promptWithout(example.prompt, removed, messages.length > 0, omitted);
}

/** How many panels take room from the text: findings, changes, an edit, and the trail. */
export function panelsIn(snapshot: Snapshot, derived: Derived, ...others: (object | null)[]): number {
  const shown = [contrastIn(snapshot) ?? checkIn(snapshot, derived), snapshot.edit, ...others];
  return shown.filter((panel) => panel !== null).length;
}

/** The effects of removals, to be shown besides a map; null if the map itself shows them. */
export function effectsBesides(method: string | null, checked: Checked | null): Float64Array | null {
  return method === REMOVAL_METHOD ? null : (checked?.effects ?? null);
}

/** What the buttons next to the readout offer. */
export function actionsIn(
  snapshot: Snapshot,
  { checked, segments, values }: Derived,
): Pick<SeqsalActions, 'check' | 'obstacle' | 'comparable' | 'other'> {
  const { offers, salience, state, tokens, methods } = snapshot;
  const explained = state.selection !== null && salience.status === 'ready' && tokens.status === 'ready';
  const mapped = mapMethod(methods, state.method) !== null;
  if (!explained || !mapped) return { check: null, obstacle: '', comparable: null, other: '' };
  const shared = snapshot.scored?.shared ?? Infinity;
  const isRemovable = ({ tokens }: Segment, i: number): boolean => !Number.isNaN(values?.[i]) && tokens.end <= shared;
  const removable = values === null ? 2 : segments.filter(isRemovable).length;
  const missing = checked === null || checked.incomplete;
  return {
    check: offers.check && missing && snapshot.check.status !== 'pending',
    obstacle: removable === 0 ? NO_SEGMENTS : removable === 1 ? ONE_SEGMENT : '',
    comparable: offers.contrast && state.selection.length === 1 ? textOfSet(tokens.value, state.selection) : null,
    other: state.versus?.text ?? '',
  };
}

/** The menu of a segment; null if there is nothing to offer. */
export function menuIn(snapshot: Snapshot, derived: Derived, index: number): SegmentMenu | null {
  const segment = derived.segments[index];
  if (segment?.region === 'target') return answerMenu(snapshot, derived, segment);
  if (!snapshot.offers.comparison || segment?.region !== 'prompt') return null;
  const prompt = shortened(snapshot, [segment]);
  if (prompt === null) return null;
  const [edit, questions] = [editOf(segment), quickItems(snapshot, segment)];
  return { text: segment.text, edit, prompt, questions, removal: removalWords(snapshot, derived, index) };
}

/** The menu of a segment of the answer; null for the last one, after which there is nothing to cut. */
function answerMenu({ tokens, final }: Snapshot, { segments }: Derived, segment: Segment): SegmentMenu | null {
  if (tokens.status !== 'ready' || final || segment.special) return null;
  const end = segment.chars.end - tokens.value.promptLength;
  return segment === segments.at(-1) ? null : { text: segment.text, end, removal: '' };
}

/** The token whose alternatives are shown, and the first position of the answer and the one after its last. */
export function tokenIn({ alternatives, tokens, logprobs }: Snapshot): {
  readonly token: TokenDetail | null;
  readonly range: readonly [number, number];
} {
  if (!alternatives || tokens.status !== 'ready' || logprobs.status !== 'ready') return { token: null, range: [0, 0] };
  const { position } = alternatives;
  const [token = null] = tokenDetails(tokens.value, { start: position, end: position + 1 }, logprobs.value, 1);
  const first = logprobs.value.findIndex((value) => value !== null);
  return { token, range: [first, 1 + logprobs.value.findLastIndex((value) => value !== null)] };
}
