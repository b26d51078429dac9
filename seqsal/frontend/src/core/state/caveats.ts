/** What a server leaves open that its scores and tokens do not tell by themselves. */
export interface Caveats {
  /** Whether it says which tokens are special. */
  readonly marksSpecial: boolean;
  /** What is known of the sign of scores with a sign: `turned` is turned here, as they are of the loss. */
  readonly sign: 'known' | 'turned' | 'unknown';
}

/** Something on screen that is not exact, and why. */
export interface Note {
  readonly text: string;
  readonly help: string;
}

export interface Shown {
  /** Whether tokens were matched to the text, since they are no exact slices of it. */
  readonly matched: boolean;
  /** Whether the scores that are shown have a sign. */
  readonly signed: boolean;
  /** Whether certainty is wanted, and the server does not tell it. */
  readonly uncertain: boolean;
}

const MATCHED: Note = {
  text: 'tokens are matched to the text as near as can be told',
  help: 'The server sends tokens in its vocabulary’s own spelling. A character that is spelled otherwise there belongs to the token after it, or before it at the end.',
};
const GUESSED: Note = {
  text: 'special tokens are guessed',
  help: 'The server does not say which tokens are special. Those that look like <s> or [INST] and are not in the text are taken to be.',
};
const TURNED: Note = {
  text: 'the sign is turned, so that positive supports the selection',
  help: 'This server’s scores are of the loss, which falls where the log-probability rises.',
};
const UNKNOWN: Note = {
  text: 'the sign is as the server sends it',
  help: 'Positive supports the selection where the server differentiates the log-probability, and speaks against it where that is the loss. The server can say which in its field gradient_of.',
};
const UNCERTAIN: Note = {
  text: 'how sure the model was is not told',
  help: 'The server has no log-probabilities of tokens.',
};

/** What to say beside the text; nothing where all is exact. */
export function notesOf(caveats: Caveats | null, { matched, signed, uncertain }: Shown): Note[] {
  const sign = signed ? { known: [], turned: [TURNED], unknown: [UNKNOWN] }[caveats?.sign ?? 'known'] : [];
  return [
    ...(matched ? [MATCHED] : []),
    ...(caveats?.marksSpecial === false ? [GUESSED] : []),
    ...sign,
    ...(uncertain ? [UNCERTAIN] : []),
  ];
}
