import { subjectKey } from '../scores/cache.js';
import type { ScoredSelection, Totals } from '../scores/cache.js';
import type { Logprobs } from '../scores/certainty.js';
import { REMOVAL_METHOD, effectScores } from '../scores/check.js';
import type { Check } from '../scores/check.js';
import type { ContrastLogprobs, Versus } from '../scores/contrast.js';
import { describeMethods, methodNamed, nameOf } from '../scores/methods.js';
import type { MethodDescription, Scores } from '../scores/methods.js';
import { parseChoices, formatChoices } from '../state/choices.js';
import type { ChoiceTexts } from '../state/choices.js';
import type { Example } from '../state/host.js';
import type { Sequence } from '../state/sequences.js';
import type { Snapshot } from '../state/snapshot.js';
import type { Choices } from '../state/view-state.js';
import { readMessages } from '../text/messages.js';
import type { MessageSpan, Role } from '../text/message.js';
import { readRanges } from '../text/thinking.js';
import type { TokenSet } from '../text/token-set.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Span } from '../text/span.js';

/** The name and version of the format, which a reader checks first. docs/saved-results.md describes every field. */
export const FORMAT = 'seqsal-salience';
export const VERSION = 1;

/** Ranges of tokens [start, end), in order. */
type Ranges = readonly (readonly [number, number])[];

/** The salience of one selection: for each method one score for each token. */
export interface SavedSalience {
  /** The explained tokens, with gaps between the ranges. */
  readonly selection: Ranges;
  readonly scores: Scores;
  /** By method, the segments that were scored, for methods that score segments. */
  readonly segments?: Readonly<Record<string, Ranges>>;
  readonly checks?: readonly SavedCheck[];
  /** Whether what fell on the thinking before the selection is passed on; missing if it is not. */
  readonly through_thinking?: boolean;
  /** By method, what the scores of all tokens should add up to, in nats. */
  readonly totals?: Totals;
  /** What the selection is explained against. */
  readonly contrast?: SavedContrast;
}

interface SavedContrast {
  readonly text: string;
  /** The id of the token; missing if another text takes the place of the selection. */
  readonly token?: number;
  /** How many tokens both texts begin with; missing if it is unknown. */
  readonly shared?: number;
  readonly logprobs: ContrastLogprobs;
}

/** What was checked by removing segments. Effects are in nats, null for segments that were not removed. */
export interface SavedCheck {
  readonly segments: Ranges;
  readonly effects: readonly (number | null)[];
  readonly together?: readonly { readonly removed: Ranges; readonly effect: number }[];
}

/** The results for one sequence, as written to a file. */
export interface SavedResult {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly prompt: string;
  readonly target: string;
  /** The origin of the target: the model's response, or the dataset. */
  readonly source: 'response' | 'target';
  readonly tokens: readonly string[];
  /** 1 for special and template tokens, which have no characters of the text. */
  readonly special_tokens_mask: readonly number[];
  /** The messages of the prompt and the documents in them; missing for a plain prompt. */
  readonly messages?: readonly { readonly role: Role; readonly tokens: readonly [number, number] }[];
  /** The blocks of thinking in the target; missing if there are none. */
  readonly thinking?: Ranges;
  /** The characters of the messages' joined contents that the chat template leaves out; missing if there are none. */
  readonly omitted?: Ranges;
  readonly token_ids?: readonly number[];
  readonly logprobs?: Logprobs;
  readonly methods: readonly string[];
  /** One for each method, in the same order. */
  readonly method_descriptions?: readonly MethodDescription[];
  /** The shown selection comes first. */
  readonly salience: readonly SavedSalience[];
  /** Whether the first entry of `salience` is the shown selection; false if nothing is selected. */
  readonly selected: boolean;
  readonly view: ChoiceTexts;
}

/** Significant digits of saved numbers: enough that no colour changes. */
const DIGITS = 5;
/** The maximum number of scores of other selections in a file: about 5 MB. */
const MOST_SCORES = 500_000;

/** The saved result of a snapshot; null before there are tokens. With `all` it has every cached selection. */
export function saveSnapshot(snapshot: Snapshot, all: boolean): SavedResult | null {
  const { state, example, sequence, tokens, methods, cached, salience, scored, logprobs } = snapshot;
  if (!example || !sequence || tokens.status !== 'ready') return null;
  const shown = salience.status === 'ready' ? scored : null;
  const { ids, special, messages, thinking, omitted } = tokens.value;
  return {
    format: FORMAT,
    version: VERSION,
    prompt: example.prompt,
    target: sequence.text,
    source: sequence.source === 'dataset' ? 'target' : 'response',
    tokens: tokens.value.tokens,
    special_tokens_mask: special.map(Number),
    ...(messages.length > 0 ? { messages: messages.map(saveMessage) } : {}),
    ...(thinking.length > 0 ? { thinking: rangesOf(thinking) } : {}),
    ...(omitted.length > 0 ? { omitted: rangesOf(omitted) } : {}),
    ...(ids.length > 0 ? { token_ids: ids } : {}),
    ...(logprobs.status === 'ready' ? { logprobs: logprobs.value.map(roundOrNull) } : {}),
    methods: methods.map(nameOf),
    method_descriptions: methods,
    selected: shown !== null,
    salience: toSave(cached, shown, all).map((each) => saveScored(each, methods)),
    view: formatChoices(state),
  };
}

function saveMessage({ role, tokens: { start, end } }: MessageSpan): NonNullable<SavedResult['messages']>[number] {
  return { role, tokens: [start, end] };
}

function saveScored(scored: ScoredSelection, methods: readonly MethodDescription[]): SavedSalience {
  const { selection, through, scores, segments, checks, totals = {} } = withRemovalScores(scored, methods);
  const rounded = Object.entries(totals).map(([name, total]) => [name, round(total)] as const);
  const bySegments = Object.entries(segments).map(([name, spans]) => [name, rangesOf(spans)] as const);
  return {
    selection: rangesOf(selection),
    scores: Object.fromEntries(Object.entries(scores).map(([name, values]) => [name, values.map(round)])),
    ...(bySegments.length > 0 && { segments: Object.fromEntries(bySegments) }),
    ...(checks.length > 0 && { checks: checks.map(saveCheck) }),
    ...(through && { through_thinking: true }),
    ...(rounded.length > 0 && { totals: Object.fromEntries(rounded) }),
    ...saveContrast(scored),
  };
}

function saveContrast({ versus, logprobs, shared }: ScoredSelection): Pick<SavedSalience, 'contrast'> {
  if (!versus || !logprobs) return {};
  const { text, token } = versus;
  const known = { ...(token !== null && { token }), ...(shared !== undefined && { shared }) };
  return { contrast: { text, ...known, logprobs: [round(logprobs[0]), round(logprobs[1])] } };
}

/** Adds the effects of a complete check as scores, if there are none yet: it is a method like the others. */
function withRemovalScores(scored: ScoredSelection, methods: readonly MethodDescription[]): ScoredSelection {
  const { scores, segments, checks } = scored;
  const check = checks.findLast(({ effects }) => !effects.includes(null));
  const count = Object.values(scores)[0]?.length;
  if (!check || count === undefined || REMOVAL_METHOD in scores || !methodNamed(methods, REMOVAL_METHOD)) return scored;
  return {
    ...scored,
    scores: { ...scores, [REMOVAL_METHOD]: effectScores(check, count) },
    segments: { ...segments, [REMOVAL_METHOD]: check.segments },
  };
}

function saveCheck({ segments, effects, together }: Check): SavedCheck {
  const several = together.map(({ removed, effect }) => ({ removed: rangesOf(removed), effect: round(effect) }));
  return {
    segments: rangesOf(segments),
    effects: effects.map(roundOrNull),
    ...(several.length > 0 && { together: several }),
  };
}

function rangesOf(spans: readonly Span[]): Ranges {
  return spans.map(({ start, end }) => [start, end] as const);
}

function spansOf(ranges: Ranges): Span[] {
  return ranges.map(([start, end]) => ({ start, end }));
}

/** The shown selection, then the others as far as there is room, the newest first. */
function toSave(cached: Iterable<ScoredSelection>, shown: ScoredSelection | null, all: boolean): ScoredSelection[] {
  const first = shown === null ? [] : [shown];
  if (!all) return first;
  let room = MOST_SCORES;
  const others = [...cached].reverse().filter((scored) => {
    const { scores } = scored;
    if (shown !== null && subjectKey(scored) === subjectKey(shown)) return false;
    room -= Object.values(scores).reduce((size, values) => size + values.length, 0);
    return room >= 0;
  });
  return [...first, ...others];
}

function round(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : 0;
}

function roundOrNull(value: number | null): number | null {
  return value === null ? null : round(value);
}

/** A saved result as the parts of a view's state. */
export interface Restored {
  readonly example: Example;
  readonly sequence: Sequence;
  readonly tokens: Pick<TokenizedText, 'tokens' | 'special' | 'ids' | 'messages' | 'thinking' | 'omitted'>;
  readonly logprobs: Logprobs | null;
  readonly methods: readonly MethodDescription[];
  readonly salience: readonly ScoredSelection[];
  readonly selection: TokenSet | null;
  /** What the selection is explained against; null if it is explained alone. */
  readonly versus: Versus | null;
  readonly choices: Choices;
}

export function restoreSaved(saved: SavedResult): Restored {
  const source = saved.source === 'target' ? 'dataset' : 'response';
  const label = source === 'dataset' ? 'Target' : 'Response';
  const salience = saved.salience.map(restoreScored);
  const choices = parseChoices(saved.view);
  const shown = saved.selected ? salience[0] : undefined;
  return {
    example: { key: 'saved', prompt: saved.prompt, target: source === 'dataset' ? saved.target : '' },
    sequence: { source, text: saved.target, score: null, label },
    tokens: {
      tokens: saved.tokens,
      special: saved.special_tokens_mask.map(Boolean),
      ids: saved.token_ids ?? [],
      messages: readMessages(saved.messages),
      thinking: readRanges(saved.thinking),
      omitted: readRanges(saved.omitted),
    },
    logprobs: saved.logprobs ?? null,
    methods: describeMethods(saved.methods, saved.method_descriptions),
    salience,
    selection: shown?.selection ?? null,
    versus: shown?.versus ?? null,
    // A result of Python has no choices of a page.
    choices: shown?.through === true ? { ...choices, through: true } : choices,
  };
}

function restoreScored({
  selection,
  scores,
  segments = {},
  checks = [],
  contrast,
  ...more
}: SavedSalience): ScoredSelection {
  return {
    selection: spansOf(selection),
    through: more.through_thinking === true,
    versus: contrast ? { text: contrast.text, token: contrast.token ?? null } : null,
    scores,
    segments: Object.fromEntries(Object.entries(segments).map(([name, ranges]) => [name, spansOf(ranges)])),
    logprobs: contrast?.logprobs ?? null,
    shared: contrast?.shared,
    totals: more.totals,
    checks: checks.map(restoreCheck),
  };
}

function restoreCheck({ segments, effects, together = [] }: SavedCheck): Check {
  const several = together.map(({ removed, effect }) => ({ removed: spansOf(removed), effect }));
  return { segments: spansOf(segments), effects, together: several };
}
