import { changesBetween } from '../text/changes.js';
import type { Change } from '../text/changes.js';
import type { Version } from './tree.js';

/** The longest quoted text of a summary, in characters. */
const MOST = 40;
/** The same for a text that another one took the place of: the new one should be seen in a narrow line, too. */
const MOST_REPLACED = 16;

/** What was changed from one version of a prompt to another, in a few words. */
export function summaryOf(before: Version, after: Version): string {
  if (before.prompt === after.prompt) return before.target === after.target ? 'the same' : 'another target';
  const [old, next] = [halves(before.prompt), halves(after.prompt)];
  const changes = changesBetween(old, next);
  if (changes === null) return 'another prompt';
  const steps = pairsOf(changes.before, changes.after).map(([gone, come]) => stepOf(old.text, next.text, gone, come));
  const [first = 'white space', ...rest] = steps;
  return rest.length === 0 ? first : `${first} and ${String(rest.length)} more`;
}

function halves(prompt: string): { text: string; promptLength: number } {
  return { text: prompt, promptLength: prompt.length };
}

type Step = readonly [Change | undefined, Change | undefined];

/** Each removal with the addition that took its place, in order: as many as there are of both, by their places. */
function pairsOf(before: readonly Change[], after: readonly Change[]): Step[] {
  const [removed, added] = [before.filter(isEdit), after.filter(isEdit)];
  const moved = after.filter(({ kind }) => kind === 'moved').map((change): Step => [undefined, change]);
  if (removed.length === added.length) return [...removed.map((gone, i): Step => [gone, added[i]]), ...moved];
  return [...removed.map((gone): Step => [gone, undefined]), ...added.map((come): Step => [undefined, come]), ...moved];
}

function isEdit({ kind }: Change): boolean {
  return kind !== 'moved';
}

function stepOf(old: string, next: string, gone: Change | undefined, come: Change | undefined): string {
  if (come?.kind === 'moved') return `moved ${quoted(next, come)}`;
  if (gone && come) return `${quoted(old, gone, MOST_REPLACED)} → ${quoted(next, come)}`;
  return come ? `+ ${quoted(next, come)}` : gone ? `− ${quoted(old, gone)}` : '';
}

function quoted(text: string, { start, end }: Change, most = MOST): string {
  const line = text.slice(start, end).trim().replaceAll(/\s+/g, ' ');
  return `“${line.length > most ? `${line.slice(0, most - 1).trimEnd()}…` : line}”`;
}
