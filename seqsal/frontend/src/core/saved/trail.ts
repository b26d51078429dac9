import { changesBetween } from '../text/changes.js';
import type { Change } from '../text/changes.js';
import { checkWords } from '../trail/answer-check.js';
import type { AnswerCheck, Verdict } from '../trail/answer-check.js';
import type { ShownTry, Trail } from '../trail/book.js';
import { escapeHtml } from './page.js';

/** The tries of a prompt as JSON Lines, one for each try, in the order of the list. */
export function trailLines({ tries, checks }: Trail, model: string): string {
  const numbers = new Map(tries.map(({ version, number }) => [version.id, number]));
  return tries
    .map(({ version, number, parent, summary, answer, starred, verdicts }) => ({
      number,
      parent: (parent && numbers.get(parent.id)) ?? null,
      model,
      prompt: version.prompt,
      target: version.target,
      change: summary,
      answer,
      starred,
      checks: checks.map((check, i) => ({ ...check, passes: passes(verdicts[i]) })),
    }))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

/** True or false; null while it is unknown. */
function passes(verdict: Verdict | null | undefined): boolean | null {
  return !verdict || verdict.is === 'unknown' ? null : verdict.is === 'pass';
}

const STYLE = `
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
summary { cursor: pointer }
pre { padding: .6rem .8rem; border-inline-start: 3px solid #52a6b3; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
li { margin-block: .3rem; list-style: none }
ul { padding-inline-start: 1.4rem }
ins { text-decoration: underline 2px #188038 }
del { text-decoration: line-through 2px #c5221f }
.muted { opacity: .7 }
.pass { color: #188038 } .fail { color: #c5221f }
@media (prefers-color-scheme: dark) { .pass { color: #81c995 } .fail { color: #ff8a80 } }
`;

/** A page of its own with the tries of a prompt as a tree. It has no script and loads nothing. */
export function trailPage(trail: Trail, model: string): string {
  const { tries, checks } = trail;
  const title = `Tries of a prompt with ${model}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${checks.length === 0 ? '' : `<p>An answer should meet: ${checks.map((check) => escapeHtml(checkWords(check))).join('; ')}.</p>`}
${listOf(tries, checks)}
</body>
</html>
`;
}

/** Nested lists: each try is followed by those that were made from it. */
function listOf(tries: readonly ShownTry[], checks: readonly AnswerCheck[]): string {
  const base = Math.min(...tries.map(({ depth }) => depth));
  const parts: string[] = [];
  for (let i = 0; i < tries.length;) {
    const current = tries[i];
    let end = i + 1;
    while ((tries[end]?.depth ?? base) > base) end += 1;
    if (current)
      parts.push(`<li>${itemOf(current, checks)}${end > i + 1 ? listOf(tries.slice(i + 1, end), checks) : ''}</li>`);
    i = end;
  }
  return `<ul>${parts.join('\n')}</ul>`;
}

function itemOf(
  { number, summary, answer, starred, verdicts, version, parent }: ShownTry,
  checks: readonly AnswerCheck[],
): string {
  const marks = checks.map((check, i) => markOf(check, verdicts[i])).join(' ');
  const line = `${String(number)}. ${starred ? '★ ' : ''}${escapeHtml(summary === '' ? 'First version' : summary)}`;
  return `<details${number === 1 ? ' open' : ''}><summary>${line} ${marks}
<div class="muted">${escapeHtml(firstLine(answer ?? 'No answer yet'))}</div></summary>
<pre>${parent === null ? escapeHtml(version.prompt) : marked(parent.prompt, version.prompt)}</pre>
<pre>${escapeHtml(answer ?? '')}</pre></details>`;
}

function markOf(check: AnswerCheck, verdict: Verdict | null | undefined): string {
  const [sign, name] = verdict?.is === 'pass' ? ['✓', 'pass'] : verdict?.is === 'fail' ? ['✗', 'fail'] : ['?', 'muted'];
  return `<span class="${name}" title="${escapeHtml(checkWords(check))}">${sign}</span>`;
}

export function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim() ?? '';
}

/** The prompt with additions marked, and with what was removed where it was. */
function marked(before: string, after: string): string {
  const changes = changesBetween(
    { text: before, promptLength: before.length },
    { text: after, promptLength: after.length },
  );
  if (changes === null) return escapeHtml(after);
  const gone = changes.before
    .filter(({ kind }) => kind === 'removed')
    .map((change) => ({ change, at: placeIn(change, changes.matches) }));
  const parts: string[] = [];
  let [at, next] = [0, 0];
  const flush = (until: number): void => {
    for (; next < gone.length && (gone[next]?.at ?? Infinity) <= until; next++) {
      const place = Math.max(at, gone[next]?.at ?? at);
      parts.push(escapeHtml(after.slice(at, place)), `<del>${escapeHtml(sliceOf(before, gone[next]?.change))}</del>`);
      at = place;
    }
  };
  for (const change of changes.after.filter(({ kind }) => kind === 'added')) {
    flush(change.start);
    parts.push(escapeHtml(after.slice(at, change.start)), `<ins>${escapeHtml(sliceOf(after, change))}</ins>`);
    at = Math.max(at, change.end);
  }
  flush(Infinity);
  return [...parts, escapeHtml(after.slice(at))].join('');
}

function sliceOf(text: string, change: Change | undefined): string {
  return change ? text.slice(change.start, change.end) : '';
}

/** Where removed text was, in the text after: after the last common text before it. */
function placeIn({ start }: Change, matches: readonly { before: number; after: number; length: number }[]): number {
  let [place, closest] = [0, -1];
  for (const { before, after, length } of matches) {
    if (before + length <= start && before > closest) [place, closest] = [after + length, before];
  }
  return place;
}
