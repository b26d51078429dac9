/** What is uncertain about a server's scores and tokens. */
export interface Caveats {
  /** Whether the server marks special tokens. */
  readonly marksSpecial: boolean;
  /** The sign of signed scores. `reversed`: the scores are of the loss, so the page reverses their sign. */
  readonly sign: 'known' | 'reversed' | 'unknown';
  /** Whether the server can remove segments and explain contrasts. */
  readonly checks: boolean;
}

/** Something on the screen that is not exact, and the reason. */
export interface Note {
  readonly text: string;
  readonly help: string;
}

/** What the view shows, as far as notes depend on it. */
export interface NoteContext {
  /** Whether tokens had to be matched to the text because they are not exact slices of it. */
  readonly matched: boolean;
  /** Whether the shown scores have a sign. */
  readonly signed: boolean;
  /** Whether certainty is requested but the server has no log-probabilities. */
  readonly uncertain: boolean;
}

/** The sum of the scores of all tokens. */
export interface Sum {
  readonly sum: number;
  /** What it should be if nothing was left out, in nats. */
  readonly total: number;
  /** What the difference is. */
  readonly remainder: string;
}

/** The share of the total above which a remainder is shown. */
const REMAINDER = 0.05;

const MATCHED: Note = {
  text: 'tokens are aligned with the text approximately',
  help: 'The server sends the names of tokens in its vocabulary. A character that a name spells differently belongs to the next token, or at the end to the previous one.',
};
const GUESSED: Note = {
  text: 'special tokens are guessed',
  help: 'The server does not say which tokens are special. Tokens that look like <s> or [INST] and are not in the text count as special.',
};
const REVERSED: Note = {
  text: 'the sign is reversed, so that positive supports the selection',
  help: 'This server differentiates the loss, which falls as the log-probability rises.',
};
const UNKNOWN: Note = {
  text: 'the sign is as the server sends it',
  help: 'Positive supports the selection if the server differentiates the log-probability, and speaks against it if the server differentiates the loss. The server can declare this in its field gradient_of.',
};
const UNCERTAIN: Note = {
  text: 'the probabilities of tokens are unknown',
  help: 'The server has no log-probabilities of tokens.',
};

const UNCHECKED: Note = {
  text: 'maps cannot be checked by removing segments',
  help: 'Checks and contrasts need a server that is started with seqsal.',
};

/** The notes to show below the text; empty if all is exact. */
export function notesOf(caveats: Caveats | null, { matched, signed, uncertain }: NoteContext): Note[] {
  const sign = signed ? { known: [], reversed: [REVERSED], unknown: [UNKNOWN] }[caveats?.sign ?? 'known'] : [];
  return [
    ...(matched ? [MATCHED] : []),
    ...(caveats?.marksSpecial === false ? [GUESSED] : []),
    ...sign,
    ...(uncertain ? [UNCERTAIN] : []),
    ...(caveats?.checks === false ? [UNCHECKED] : []),
  ];
}

/** A note if the scores leave something out; else null. */
export function remainderNote({ sum, total, remainder }: Sum): Note | null {
  if (Math.abs(sum - total) <= REMAINDER * Math.abs(total)) return null;
  return { text: `The scores of all tokens add up to ${nats(sum)} of ${nats(total)} nats.`, help: remainder };
}

function nats(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1).replace('-', '−');
}
