import type { Restored } from '../../core/saved/result.js';
import type { Logprobs } from '../../core/scores/certainty.js';
import type { MethodDescription, Scores } from '../../core/scores/methods.js';
import type { Candidate, Host, Tell, TokenizeInput, Tokens } from '../../core/state/host.js';
import { maskOf } from '../../core/text/token-set.js';
import { reporter } from '../progress.js';
import { NO_KERNEL } from './channel.js';
import type { Answer, NotebookChannel } from './channel.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A host in a notebook's kernel; what has been saved with the notebook is not asked for again. `several` tells whether
 * the model gave more answers than the one that has been saved.
 */
export function createNotebookHost(
  channel: NotebookChannel,
  methods: () => readonly MethodDescription[],
  saved: () => Restored | null,
  several: () => boolean,
): Host {
  const ask = asker(channel);
  const known = (text: TokenizeInput): Restored | null => {
    const restored = saved();
    return restored?.example.prompt === text.prompt && restored.sequence.text === text.target ? restored : null;
  };
  const score = scorer(ask, known);
  return {
    get methods() {
      return methods();
    },
    generate: generator(ask, saved, several),
    async tokenize({ prompt, target }, signal, tell) {
      return known({ prompt, target })?.tokens ?? tokensIn(await ask('tokenize', { prompt, target }, signal, tell));
    },
    async salience({ prompt, target, targetMask, methods: names }, signal, tell) {
      try {
        return (await score({ prompt, target }, [targetMask], names, signal, tell))[0] ?? {};
      } catch (error) {
        throw withWhatIsStored(error, known({ prompt, target }));
      }
    },
    salienceOfMany: ({ prompt, target, targetMasks, methods: names }, signal) =>
      score({ prompt, target }, targetMasks, names, signal),
    async logprobs({ prompt, target }, signal, tell) {
      return known({ prompt, target })?.logprobs ?? logprobsIn(await ask('logprobs', { prompt, target }, signal, tell));
    },
  };
}

/** Takes the saved answer, unless there were several. */
function generator(ask: Ask, saved: () => Restored | null, several: () => boolean): Host['generate'] {
  return async (prompt, signal, tell) => {
    const stored = storedAnswer(saved(), prompt);
    if (stored.length > 0 && !several()) return stored;
    try {
      return candidatesIn(await ask('generate', { prompt }, signal, tell));
    } catch (error) {
      if (stored.length === 0 || !isSilence(error)) throw error;
      return stored;
    }
  };
}

/** Asks for the scores that are not stored. */
function scorer(
  ask: Ask,
  known: (text: TokenizeInput) => Restored | null,
): (text: TokenizeInput, masks: readonly Mask[], methods: readonly string[], ...rest: Waits) => Promise<Scores[]> {
  return async (text, masks, methods, ...rest) => {
    const stored = known(text);
    const found = masks.map((mask) => storedScores(stored, mask, methods));
    const selections = masks.filter((_, i) => found[i] === undefined).map(rangesOf);
    const fresh =
      selections.length === 0 ? [] : scoresIn(await ask('salience', { ...text, selections, methods }, ...rest));
    return found.map((scores) => scores ?? fresh.shift() ?? {});
  };
}

type Mask = readonly number[];

/** Who waits, and how they are told how far the answer is. */
type Waits = readonly [signal: AbortSignal, tell?: Tell];

type Ask = (what: string, input: unknown, ...rest: Waits) => Promise<Answer>;

function asker(channel: NotebookChannel): Ask {
  return (what, input, signal, tell) => {
    const report = reporter(tell);
    return channel.ask(what, input, signal, ({ event, ...data }) => {
      report(String(event), data);
    });
  };
}

/** The stored scores of a selection, where all of the methods are among them. */
function storedScores(stored: Restored | null, mask: Mask, methods: readonly string[]): Scores | undefined {
  const key = mask.join('');
  const scores = stored?.salience.find(({ set }) => maskOf(stored.tokens, set).join('') === key)?.scores;
  return scores && methods.every((name) => name in scores) ? scores : undefined;
}

/** The runs of a mask as [start, end): a few numbers instead of one for each token. */
function rangesOf(mask: Mask): [number, number][] {
  const ranges: [number, number][] = [];
  for (const [i, marked] of mask.entries()) {
    if (marked === 0) continue;
    const last = ranges.at(-1);
    if (last?.[1] === i) last[1] = i + 1;
    else ranges.push([i, i + 1]);
  }
  return ranges;
}

/** Without a kernel, a click on what is not stored must not look as if the page were broken. */
function withWhatIsStored(error: unknown, stored: Restored | null): unknown {
  if (!isSilence(error) || stored === null) return error;
  const count = stored.salience.length;
  const held = count === 1 ? 'one selection' : `${count.toLocaleString('en')} selections`;
  return new Error(`${NO_KERNEL} The notebook holds the scores of ${held}, and this is not among them.`);
}

function isSilence(error: unknown): boolean {
  return error instanceof Error && error.message === NO_KERNEL;
}

/** None where it was a target that was explained. */
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
  };
}

function logprobsIn({ value }: Answer): Logprobs {
  return listIn(value, 'logprobs').map((each) => (typeof each === 'number' ? each : null));
}

/** One buffer of 32-bit numbers: selections x methods x tokens. */
function scoresIn({ value, buffers }: Answer): Scores[] {
  const methods = listIn(value, 'methods').map(String);
  const count = Number((value as Fields)['count']);
  const [view] = buffers;
  if (view === undefined) throw new Error('The kernel sent no scores.');
  const numbers = new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const tokens = numbers.length / (count * methods.length);
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      methods.map((method, k) => {
        const start = (i * methods.length + k) * tokens;
        return [method, Array.from(numbers.subarray(start, start + tokens))];
      }),
    ),
  );
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = (value as Fields | null)?.[name];
  if (!Array.isArray(list)) throw new Error(`The kernel sent no ${name}.`);
  return list as unknown[];
}
