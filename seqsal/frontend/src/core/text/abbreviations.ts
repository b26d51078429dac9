import table from '../../../../shared/abbreviations.json';

// Stops that end no sentence although a capital letter follows. Unicode's sentence rules know none of them.

const ALWAYS = beforeStop(...Object.values(table.always));
const BEFORE_NUMBER = beforeStop(...Object.values(table.before_number));
/** Abbreviations with a space inside, as German writes them, and the parts before and after that space. */
const SPACED = beforeStop(table.spaced);
const SPACED_START = beforeStop(table.spaced_starts);
const SPACED_END = new RegExp(`^${oneOf(table.spaced_ends)}\\.`, 'u');

/** The ordinal of "der 2. Weltkrieg", and a day before a German month. */
const ORDINAL = new RegExp(`(?:^|\\s)${oneOf(table.before_ordinal)} \\d{1,3}\\.\\s+$`, 'u');
const DAY = /(?:^|\s)\d{1,2}\.\s+$/u;
const GERMAN_MONTH = new RegExp(`^${oneOf(table.german_months)}`, 'u');

/** A single capital with a stop, and the word before it. */
const CAPITAL = /(?:^|(?<word>[^\s(]*)[\s(]+)(?<capital>\p{Lu})\.\s+$/u;
const OF_A_NAME = new RegExp(`^(?:\\p{Lu}[\\p{Ll}'’]+|\\p{Lu}\\.|${oneOf(table.before_initial)})$`, 'u');
/** Words that a letter follows which is not an initial. */
const LETTERED = new RegExp(`^${oneOf(table.before_letter)}$`, 'u');

/** Whether the stop at the end of `before` belongs to an abbreviation, an initial or an ordinal. */
export function isAbbreviated(before: string, after: string): boolean {
  return (
    ALWAYS.test(before) ||
    SPACED.test(before) ||
    (SPACED_START.test(before) && SPACED_END.test(after)) ||
    (BEFORE_NUMBER.test(before) && /^\d/.test(after)) ||
    ORDINAL.test(before) ||
    (DAY.test(before) && GERMAN_MONTH.test(after)) ||
    isInitial(before, after)
  );
}

/** "J. R. R. Tolkien", "Samuel L. Jackson", "by J. Smith", but not "The answer is B. It ..." nor "So am I. You ...". */
function isInitial(before: string, after: string): boolean {
  const { word, capital } = CAPITAL.exec(before)?.groups ?? {};
  if (capital === undefined) return false;
  if (/^\p{Lu}\.\s/u.test(after)) return true;
  return word !== undefined && OF_A_NAME.test(word) && !LETTERED.test(word) && (capital !== 'I' || word.endsWith('.'));
}

/** Matches a stop at the end, and white space after it, behind one of the words. */
function beforeStop(...lists: string[]): RegExp {
  return new RegExp(`(?:^|[\\s("'“„*_])${oneOf(...lists)}\\.\\s+$`, 'u');
}

/** A pattern for one of the words in lists of words separated by spaces; `~` is an optional space. */
function oneOf(...lists: string[]): string {
  const words = lists.flatMap((list) => list.split(' '));
  return `(?:${words.map((word) => word.replaceAll('.', '\\.').replaceAll('~', '\\s?')).join('|')})`;
}
