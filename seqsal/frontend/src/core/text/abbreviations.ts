// Stops that end no sentence though a capital letter follows. Unicode's rules for sentences know none of them.

/** Left out are those that often do end one, such as "etc.", "usw.", "Inc." and "p.m.". */
const ALWAYS = oneOf(
  'Dr Mr Mrs Ms Mx Prof Sr Sra Dra Mme Mlle Sig St Mt Rev Hon Gen Col Capt Lt Sgt Sen Rep Gov', // names
  'e\\.g i\\.e eg ie vs cf viz al approx resp Fig Figs Eq Eqs Sec Ch Vol Ref eds', // papers
  'z\\.B d\\.h u\\.a o\\.Ä i\\.d\\.R s\\.o s\\.u m\\.E', // German
  'Hr Hrn Fr Frl Nr Abb Bd Kap vgl bzw ca sog Sog ggf evtl inkl exkl Tel Vgl Bzw Ca',
);
const BEFORE_NUMBER = oneOf('No Nos pp? p Art Abs Tab S Ex', 'Jan Feb Mar Apr Jun Jul Aug Sept? Oct Okt Nov Dec Dez');
/** With a space inside, as German writes them, and the part of them before that space. */
const SPACED = oneOf('z\\.\\s?B d\\.\\s?h u\\.\\s?a o\\.\\s?Ä i\\.\\s?d\\.\\s?R m\\.\\s?E');
const SPACED_PART = oneOf('z d u o m i i\\.\\s?d');
const SECOND_PART = /^(?:B|h|a|Ä|d|R|E)\./u;

/** "der 2. Weltkrieg", and any day of a month. */
const ORDINAL = /(?:^|\s)(?:[Dd]er|[Dd]as|[Dd]em|[Dd]en|[Dd]es|Die|Am|[Ii]m|[Vv]om|[Zz]um|[Bb]eim) \d{1,3}\.\s+$/u;
const DAY = /(?:^|\s)\d{1,2}\.\s+$/u;
const GERMAN_MONTH = /^(?:Jan|Feb|März|Apr|Mai|Juni|Juli|Aug|Sept|Okt|Nov|Dez)/u;

/** A capital and a stop, with the word before it. */
const CAPITAL = /(?:^|(?<word>[^\s(]*)[\s(]+)(?<capital>\p{Lu})\.\s+$/u;
const OF_A_NAME = /^(?:\p{Lu}[\p{Ll}'’]+|\p{Lu}\.|by|and|with|et|und|von|mit)$/u;
/** Words that a letter follows which is none of a name. */
const LETTERED =
  /^(?:Option|Answer|Choice|Plan|Appendix|Section|Part|Table|Vitamin|Type|Grade|Class|Group|Team|Case|Question|Antwort|Teil|Gruppe|Klasse|Anhang)$/;

/** Whether the stop at the end of `before` belongs to an abbreviation, an initial or an ordinal. */
export function isAbbreviated(before: string, after: string): boolean {
  return (
    ALWAYS.test(before) ||
    SPACED.test(before) ||
    (SPACED_PART.test(before) && SECOND_PART.test(after)) ||
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

function oneOf(...lists: string[]): RegExp {
  const words = lists.flatMap((list) => list.split(' '));
  return new RegExp(`(?:^|[\\s("'“„*_])(?:${words.join('|')})\\.\\s+$`, 'u');
}
