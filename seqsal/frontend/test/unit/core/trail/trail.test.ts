import { describe, expect, it } from 'vitest';
import { trailLines, trailPage } from '../../../../src/core/saved/trail.js';
import { problemOf, verdictOf, wordCount } from '../../../../src/core/trail/answer-check.js';
import type { AnswerCheck } from '../../../../src/core/trail/answer-check.js';
import { TrailBook } from '../../../../src/core/trail/book.js';
import { NO_NOTES, changed, readNotes } from '../../../../src/core/trail/notes.js';
import type { NoteKeeper, Notes } from '../../../../src/core/trail/notes.js';
import { summaryOf } from '../../../../src/core/trail/summary.js';
import { rootOf, treeOf } from '../../../../src/core/trail/tree.js';
import type { Version } from '../../../../src/core/trail/tree.js';
import { findStarts, settled } from '../../../helpers/hand-host.js';

const PROMPT = 'Judge a dish.\nDish: quiche.\nAnswer:';

function version(id: string, parentId: string | null = null, prompt = PROMPT, target = ''): Version {
  return { id, parentId, prompt, target };
}

/** a has b and c, b has d; x is another prompt. */
const VERSIONS = [
  version('a'),
  version('x'),
  version('b', 'a', PROMPT.replace('quiche', 'soup')),
  version('c', 'a', `${PROMPT} `),
  version('d', 'b', PROMPT.replace('quiche', 'hot soup')),
];

class Keeper implements NoteKeeper {
  notes: Notes = NO_NOTES;
  broken = '';

  load(): Promise<Notes> {
    return Promise.resolve(this.notes);
  }

  change(change: Parameters<NoteKeeper['change']>[0]): Promise<Notes> {
    if (this.broken !== '') return Promise.reject(new Error(this.broken));
    this.notes = changed(this.notes, change);
    return Promise.resolve(this.notes);
  }
}

describe('the tree of the versions of a prompt', () => {
  it('has each version after the one that it was made from, numbered in the order in which they were made', () => {
    const tries = treeOf(VERSIONS, 'd');
    expect(tries.map(({ version: { id }, number, depth }) => [id, number, depth])).toEqual([
      ['a', 1, 0],
      ['b', 2, 1],
      ['d', 4, 2],
      ['c', 3, 1],
    ]);
    expect(tries[2]?.parent?.id).toBe('b');
  });

  it('begins with a version whose parent is not there', () => {
    const orphan = version('o', 'deleted');
    expect(treeOf([...VERSIONS, orphan], 'o').map(({ version: { id } }) => id)).toEqual(['o']);
    expect(rootOf(VERSIONS, 'nobody')).toBeNull();
  });

  it('ends, even if versions were made from each other', () => {
    const circle = [version('p', 'q'), version('q', 'p')];
    expect(
      treeOf(circle, 'p')
        .map(({ version: { id } }) => id)
        .sort(),
    ).toEqual(['p', 'q']);
  });
});

describe('the summary of a change', () => {
  it.each([
    ['“quiche” → “soup”', PROMPT.replace('quiche', 'soup')],
    ['+ “Be brief.”', PROMPT.replace('Dish:', 'Be brief.\nDish:')],
    ['− “Judge a dish.”', PROMPT.replace('Judge a dish.\n', '')],
    ['moved “Judge a dish.”', 'Dish: quiche.\nJudge a dish.\nAnswer:'],
    ['“a” → “the” and 1 more', PROMPT.replace('quiche', 'soup').replace('a dish', 'the dish')],
    ['the same', PROMPT],
    ['another prompt', 'Something else entirely, with no word in common.'],
  ])('is %s', (expected, prompt) => {
    expect(summaryOf(version('a'), version('b', 'a', prompt))).toBe(expected);
  });

  it('leaves room for the new text if the old one is long', () => {
    const long = `${PROMPT}\nRecommend a dish that the guest does not like at all.`;
    const short = `${PROMPT}\nAvoid it.`;
    expect(summaryOf(version('a', null, long), version('b', 'a', short))).toBe('“Recommend a dis…” → “Avoid it”');
  });

  it('says that only the target is another', () => {
    expect(summaryOf(version('a'), version('b', 'a', PROMPT, 'Avoid.'))).toBe('another target');
  });
});

describe('a check of an answer', () => {
  const { signal } = new AbortController();
  const verdict = async (check: AnswerCheck, answer: string): Promise<string> =>
    (await verdictOf(check, answer, findStarts, signal)).is;

  it.each<[AnswerCheck, string, string]>([
    [{ kind: 'contains', text: 'avoid' }, 'Avoid it.', 'pass'],
    [{ kind: 'contains', text: 'avoid' }, 'Try it.', 'fail'],
    [{ kind: 'lacks', text: 'eggs' }, 'It has EGGS.', 'fail'],
    [{ kind: 'lacks', text: 'eggs' }, 'It has milk.', 'pass'],
    [{ kind: 'matches', text: '^Recommendation: (Avoid|Try)' }, 'Analysis.\nRecommendation: Avoid it.', 'pass'],
    [{ kind: 'matches', text: '^Recommendation: (Avoid|Try)' }, 'Recommendation: none', 'fail'],
    [{ kind: 'matches', text: '(' }, 'x', 'unknown'],
    [{ kind: 'words', text: '3' }, 'One, two, three.', 'pass'],
    [{ kind: 'words', text: '3' }, 'One two three four', 'fail'],
    [{ kind: 'words', text: '1' }, '', 'pass'],
  ])('%j of “%s” is %s', async (check, answer, expected) => {
    expect(await verdict(check, answer)).toBe(expected);
  });

  it('counts words of scripts without spaces', () => {
    expect(wordCount('今日は良い天気です')).toBeGreaterThan(2);
  });

  it.each<[AnswerCheck, RegExp]>([
    [{ kind: 'contains', text: ' ' }, /Type a text/],
    [{ kind: 'words', text: 'many' }, /whole number/],
    [{ kind: 'words', text: '0' }, /whole number/],
    [{ kind: 'matches', text: '[' }, /regular expression is invalid/],
    [{ kind: 'lacks', text: 'x'.repeat(2001) }, /At most 2000/],
  ])('%j cannot be used', (check, reason) => {
    expect(problemOf(check)).toMatch(reason);
  });

  it('is unknown, with the reason, if its expression does not end', async () => {
    const never = (): Promise<readonly number[]> => Promise.reject(new Error('takes too long'));
    expect(await verdictOf({ kind: 'matches', text: '(a+)+$' }, 'aaaa!', never, signal)).toEqual({
      is: 'unknown',
      reason: 'takes too long',
    });
  });
});

describe('the book of trails', () => {
  async function opened(keeper = new Keeper()): Promise<{ book: TrailBook; keeper: Keeper }> {
    const book = new TrailBook(() => undefined, keeper, findStarts);
    await settled();
    return { book, keeper };
  }

  it('checks the answers that are there, and those that come later', async () => {
    const { book } = await opened();
    book.setAnswer('m', 'a', 'Try it.');
    await book.setChecks(VERSIONS, 'd', [{ kind: 'contains', text: 'avoid' }]);
    const verdicts = (): (string | undefined)[] =>
      book.trailOf(VERSIONS, 'b', 'm').tries.map(({ verdicts: [first] }) => first?.is);
    verdicts();
    await settled();
    expect(verdicts()).toEqual(['fail', undefined, undefined, undefined]);
    book.setAnswer('m', 'b', 'Avoid it.');
    verdicts();
    await settled();
    expect(verdicts()).toEqual(['fail', 'pass', undefined, undefined]);
    // Another prompt has checks of its own, and another model has answers of its own.
    expect(book.trailOf(VERSIONS, 'x', 'm').checks).toEqual([]);
    expect(book.trailOf(VERSIONS, 'b', 'other').tries[1]?.answer).toBeNull();
  });

  it('hides a version, but never the one on the screen', async () => {
    const { book } = await opened();
    await book.note({ id: 'b', hidden: true });
    expect(book.trailOf(VERSIONS, 'a', 'm')).toMatchObject({ hidden: 1, tries: [{}, {}, {}] });
    expect(book.trailOf(VERSIONS, 'b', 'm').tries).toHaveLength(4);
    await book.showHidden(VERSIONS, 'a');
    expect(book.trailOf(VERSIONS, 'a', 'm').hidden).toBe(0);
  });

  it('takes a note back that cannot be kept, and says why', async () => {
    const { book, keeper } = await opened();
    keeper.broken = 'The server is gone.';
    await book.note({ id: 'b', starred: true });
    const trail = book.trailOf(VERSIONS, 'a', 'm');
    expect([trail.problem, trail.tries.some(({ starred }) => starred)]).toEqual(['The server is gone.', false]);
    keeper.broken = '';
    await book.note({ id: 'b', starred: true });
    expect(book.trailOf(VERSIONS, 'a', 'm')).toMatchObject({ problem: '' });
  });
});

describe('notes from outside', () => {
  it('are read, without what is none', () => {
    const given = {
      starred: ['a', 7],
      hidden: 'b',
      checks: { a: [{ kind: 'lacks', text: 'x' }, { kind: 'sings' }], b: 3 },
    };
    expect(readNotes(given)).toEqual({
      starred: ['a'],
      hidden: [],
      checks: { a: [{ kind: 'lacks', text: 'x' }], b: [] },
    });
    expect(readNotes(null)).toEqual(NO_NOTES);
  });
});

describe('a saved trail', () => {
  async function trail() {
    const book = new TrailBook(() => undefined, new Keeper(), findStarts);
    await settled();
    await book.setChecks(VERSIONS, 'a', [{ kind: 'contains', text: 'avoid' }]);
    book.setAnswer('m', 'a', 'Try <it>.\nNow.');
    await book.note({ id: 'd', starred: true });
    book.trailOf(VERSIONS, 'a', 'm');
    await settled();
    return book.trailOf(VERSIONS, 'a', 'm');
  }

  it('has a line of JSON for each try', async () => {
    const lines = trailLines(await trail(), 'm')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toEqual({
      number: 1,
      parent: null,
      model: 'm',
      prompt: PROMPT,
      target: '',
      change: '',
      answer: 'Try <it>.\nNow.',
      starred: false,
      checks: [{ kind: 'contains', text: 'avoid', passes: false }],
    });
    expect(lines[2]).toMatchObject({ number: 4, parent: 2, starred: true, checks: [{ passes: null }] });
  });

  it('is a page without scripts, with what each try changed', async () => {
    const page = trailPage(await trail(), 'small <model>');
    expect(page).not.toContain('<script');
    expect(page).toContain('small &lt;model&gt;');
    expect(page).toContain('Try &lt;it&gt;.');
    expect(page).toContain('Dish: <del>quiche</del><ins>soup</ins>.');
    expect(page.match(/<li>/g)).toHaveLength(4);
  });
});
