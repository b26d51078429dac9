import type { FindStarts } from '../state/segmenter.js';

export const CHECK_KINDS = ['contains', 'lacks', 'matches', 'words'] as const;
/** What an answer should do: contain a text, not contain it, match a regular expression, or have at most a number of words. */
export type CheckKind = (typeof CHECK_KINDS)[number];

/** A condition that the answers of all versions of a prompt should meet. */
export interface AnswerCheck {
  readonly kind: CheckKind;
  /** A text, a regular expression, or a number. */
  readonly text: string;
}

/** Whether an answer meets a check; `unknown` with the reason if that cannot be found out. */
export type Verdict = { readonly is: 'pass' | 'fail' } | { readonly is: 'unknown'; readonly reason: string };

const MOST_CHARACTERS = 2000;
const words = new Intl.Segmenter('en', { granularity: 'word' });

/** Why a check cannot be used; '' if it can. */
export function problemOf({ kind, text }: AnswerCheck): string {
  if (text.trim() === '') return kind === 'words' ? 'Type a number of words, for example 20.' : 'Type a text.';
  if (text.length > MOST_CHARACTERS) {
    return `At most ${String(MOST_CHARACTERS)} characters are possible; this text has ${String(text.length)}.`;
  }
  if (kind === 'words' && !/^[1-9]\d{0,5}$/.test(text.trim())) {
    return `Expected a whole number from 1 to 999999; got “${text.trim()}”.`;
  }
  if (kind !== 'matches') return '';
  const compiled = compile(text);
  return typeof compiled === 'string' ? compiled : '';
}

/**
 * Whether an answer meets a check. Texts are found in capital and small letters alike. A regular expression is matched exactly, by
 * `find`, which gives up after a while.
 */
export async function verdictOf(
  { kind, text }: AnswerCheck,
  answer: string,
  find: FindStarts,
  signal: AbortSignal,
): Promise<Verdict> {
  if (kind === 'words') return { is: wordCount(answer) <= Number(text) ? 'pass' : 'fail' };
  if (kind !== 'matches') {
    const found = answer.toLocaleLowerCase().includes(text.toLocaleLowerCase());
    return { is: found === (kind === 'contains') ? 'pass' : 'fail' };
  }
  const compiled = compile(text);
  if (typeof compiled === 'string') return { is: 'unknown', reason: compiled };
  try {
    return { is: (await find(answer, compiled, 'starts', signal)).length > 0 ? 'pass' : 'fail' };
  } catch (error) {
    if (signal.aborted) throw error;
    return { is: 'unknown', reason: error instanceof Error ? error.message : String(error) };
  }
}

export function wordCount(text: string): number {
  let count = 0;
  for (const { isWordLike } of words.segment(text)) if (isWordLike) count += 1;
  return count;
}

/** "contains “Avoid”", "has at most 20 words" */
export function checkWords({ kind, text }: AnswerCheck): string {
  switch (kind) {
    case 'contains':
      return `contains “${text}”`;
    case 'lacks':
      return `does not contain “${text}”`;
    case 'matches':
      return `matches /${text}/`;
    case 'words':
      return `has at most ${text.trim()} words`;
  }
}

function compile(pattern: string): RegExp | string {
  try {
    return new RegExp(pattern, 'gmu');
  } catch (error) {
    return `The regular expression is invalid: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The checks in a value that was stored; others are left out. */
export function readChecks(value: unknown): AnswerCheck[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((each) => {
    const { kind, text } = (each ?? {}) as Partial<AnswerCheck>;
    return CHECK_KINDS.some((known) => known === kind) && typeof text === 'string' && kind ? [{ kind, text }] : [];
  });
}
