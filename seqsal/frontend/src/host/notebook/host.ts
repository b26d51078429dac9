import type { Restored } from '../../core/saved/result.js';
import type { Logprobs } from '../../core/scores/certainty.js';
import type { MethodDescription, Scores } from '../../core/scores/methods.js';
import type { Candidate, Host, TokenizeInput, Tokens } from '../../core/state/host.js';
import { readMessages } from '../../core/text/messages.js';
import { readRanges } from '../../core/text/thinking.js';
import { maskOf } from '../../core/text/token-set.js';
import type { Span } from '../../core/text/span.js';
import { progressReporter } from '../progress.js';
import { listIn, maskRanges, pairsOf, scoresIn } from './answers.js';
import { NO_KERNEL } from './channel.js';
import { checks } from './checks.js';
import type { Answer, NotebookChannel } from './channel.js';
import type { SendRequest, Waiter } from './send-request.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A host over a notebook's kernel, which does not request again what is saved with the notebook. `several` returns whether the
 * model gave more answers than the saved one, and `canCheck` says whether the kernel has a model.
 */
export function createNotebookHost(
  channel: NotebookChannel,
  methods: () => readonly MethodDescription[],
  saved: () => Restored | null,
  several: () => boolean,
  canCheck = false,
): Host {
  const request = sender(channel);
  const known = (text: TokenizeInput): Restored | null => {
    const restored = saved();
    return restored?.example.prompt === text.prompt && restored.sequence.text === text.target ? restored : null;
  };
  const score = scorer(request, known);
  return {
    get methods() {
      return methods();
    },
    stops: true,
    passesOn: canCheck || saved()?.salience.some(({ through }) => through) === true,
    generate: generator(request, saved, several),
    async tokenize({ prompt, target }, signal, report) {
      return (
        known({ prompt, target })?.tokens ?? tokensIn(await request('tokenize', { prompt, target }, signal, report))
      );
    },
    stored: (text) => known(text)?.salience ?? [],
    ...saliences(score, known),
    async logprobs({ prompt, target }, signal, report) {
      return (
        known({ prompt, target })?.logprobs ?? logprobsIn(await request('logprobs', { prompt, target }, signal, report))
      );
    },
    ...(canCheck ? checks(channel, request) : {}),
  };
}

function saliences(
  score: ReturnType<typeof scorer>,
  known: (text: TokenizeInput) => Restored | null,
): Pick<Host, 'salience' | 'salienceOfMany'> {
  return {
    async salience({ prompt, target, targetMask, methods: names, segments, through }, signal, report) {
      try {
        return (await score({ prompt, target, segments, through }, [targetMask], names, signal, report))[0] ?? {};
      } catch (error) {
        throw withWhatIsStored(error, known({ prompt, target }));
      }
    },
    salienceOfMany: ({ prompt, target, targetMasks, methods: names }, signal) =>
      score({ prompt, target }, targetMasks, names, signal),
  };
}

/** Uses the saved answer, unless there were several. */
function generator(request: SendRequest, saved: () => Restored | null, several: () => boolean): Host['generate'] {
  return async (prompt, signal, report, stop = '') => {
    const stored = storedAnswer(saved(), prompt);
    if (stored.length > 0 && !several() && stop === '') return stored;
    try {
      return candidatesIn(await request('generate', { prompt, stop }, signal, report));
    } catch (error) {
      if (stored.length === 0 || !isTimeout(error)) throw error;
      return stored;
    }
  };
}

/** Requests the scores that are not stored. */
function scorer(
  request: SendRequest,
  known: (text: TokenizeInput) => Restored | null,
): (text: Segmented, masks: readonly Mask[], methods: readonly string[], ...waiter: Waiter) => Promise<Scores[]> {
  return async ({ segments, through = false, ...given }, masks, methods, ...waiter) => {
    const stored = known(given);
    const passed = through ? { ...given, through } : given;
    const text = segments ? { ...passed, segments: pairsOf(segments) } : passed;
    // The scores of segments are stored with them, in the page's cache.
    const found = masks.map((mask) => (segments ? undefined : storedScores(stored, mask, methods, through)));
    const selections = masks.filter((_, i) => found[i] === undefined).map(maskRanges);
    const fresh =
      selections.length === 0 ? [] : scoresIn(await request('salience', { ...text, selections, methods }, ...waiter));
    return found.map((scores) => scores ?? fresh.shift() ?? {});
  };
}

type Mask = readonly number[];

/** A text, with the segments to score for methods that score segments. */
type Segmented = TokenizeInput & {
  readonly segments?: readonly Span[] | undefined;
  readonly through?: boolean | undefined;
};

function sender(channel: NotebookChannel): SendRequest {
  return (what, input, signal, report) => {
    const reportEvent = progressReporter(report);
    return channel.request(what, input, signal, ({ event, ...data }) => {
      reportEvent(String(event), data);
    });
  };
}

/** The stored scores of a selection, if they include all of the methods. */
function storedScores(
  stored: Restored | null,
  mask: Mask,
  methods: readonly string[],
  passed: boolean,
): Scores | undefined {
  const key = mask.join('');
  const scores = stored?.salience.find(
    ({ selection, versus, through }) =>
      versus === null && through === passed && maskOf(stored.tokens, selection).join('') === key,
  )?.scores;
  return scores && methods.every((name) => name in scores) ? scores : undefined;
}

/** Adds to the error of a missing kernel what is stored, so that the page does not look broken. */
function withWhatIsStored(error: unknown, stored: Restored | null): unknown {
  if (!isTimeout(error) || stored === null) return error;
  const count = stored.salience.length;
  const held = count === 1 ? 'one selection' : `${count.toLocaleString('en')} selections`;
  return new Error(`${NO_KERNEL} The notebook contains the scores of ${held}, but not of this one.`);
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === NO_KERNEL;
}

/** The stored answer; empty if a target was explained. */
function storedAnswer(stored: Restored | null, prompt: string): Candidate[] {
  if (stored?.example.prompt !== prompt || stored.sequence.source !== 'response') return [];
  return [{ text: stored.sequence.text, score: stored.sequence.score }];
}

function candidatesIn({ value }: Answer): Candidate[] {
  return listIn(value, 'candidates').map((each) => {
    const { text, score } = each as Fields;
    return { text: String(text), score: typeof score === 'number' ? score : null };
  });
}

function tokensIn({ value }: Answer): Tokens {
  return {
    tokens: listIn(value, 'tokens').map(String),
    special: listIn(value, 'special').map(Boolean),
    ids: listIn(value, 'ids').map(Number),
    messages: readMessages((value as Fields)['messages']),
    thinking: readRanges((value as Fields)['thinking']),
    omitted: readRanges((value as Fields)['omitted']),
  };
}

function logprobsIn({ value }: Answer): Logprobs {
  return listIn(value, 'logprobs').map((each) => (typeof each === 'number' ? each : null));
}
