import { describe, expect, it } from 'vitest';
import { trailLines, trailPage } from '../../../../src/core/saved/trail.js';
import { TrailBook } from '../../../../src/core/trail/book.js';
import { NO_NOTES, changed, readNotes } from '../../../../src/core/trail/notes.js';
import type { NoteKeeper, Notes } from '../../../../src/core/trail/notes.js';
import { findStarts, settled } from '../../../helpers/hand-host.js';
import { PROMPT, VERSIONS } from '../../../helpers/versions.js';

class Keeper implements NoteKeeper {
  notes: Notes = NO_NOTES;
  broken = '';
  sent = 0;

  load(): Promise<Notes> {
    return Promise.resolve(this.notes);
  }

  change(change: Parameters<NoteKeeper['change']>[0]): Promise<Notes> {
    this.sent += 1;
    if (this.broken !== '') return Promise.reject(new Error(this.broken));
    this.notes = changed(this.notes, change);
    return Promise.resolve(this.notes);
  }
}

/** Replies when a test says so, with the notes that it had when it received the request. */
class SlowKeeper extends Keeper {
  reply = (): void => undefined;
  fail: (error: Error) => void = () => undefined;

  override async change(change: Parameters<NoteKeeper['change']>[0]): Promise<Notes> {
    const before = this.notes;
    const notes = await super.change(change);
    return new Promise((resolve, reject) => {
      this.reply = () => {
        resolve(notes);
      };
      this.fail = (error) => {
        this.notes = before;
        reject(error);
      };
    });
  }
}

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

  it('knows why a version has no answer until it has one', async () => {
    const { book } = await opened();
    const second = (): unknown => book.trailOf(VERSIONS, 'b', 'm').tries[1];
    expect(second()).toMatchObject({ answer: null, failure: '' });
    book.setFailure('m', 'b', 'Out of memory.');
    expect(second()).toMatchObject({ answer: null, failure: 'Out of memory.' });
    expect(book.trailOf(VERSIONS, 'b', 'other').tries[1]).toMatchObject({ failure: '' });
    book.setAnswer('m', 'b', 'Avoid it.');
    expect(second()).toMatchObject({ answer: 'Avoid it.', failure: '' });
  });

  it('sends all notes when the page is left, also those that wait for a reply', async () => {
    const keeper = new SlowKeeper();
    const { book } = await opened(keeper);
    void book.note({ id: 'b', starred: true });
    void book.note({ id: 'c', hidden: true });
    await settled();
    const replyToFirst = keeper.reply;
    expect(keeper.notes).toMatchObject({ starred: ['b'], hidden: [] });
    book.flush();
    await settled();
    expect(keeper.notes).toMatchObject({ starred: ['b'], hidden: ['c'] });
    // The page is shown again: each note was sent once, and all are known.
    book.flush();
    replyToFirst();
    await settled();
    expect(book.trailOf(VERSIONS, 'a', 'm')).toMatchObject({ hidden: 1, problem: '' });
    expect(keeper.sent).toBe(2);
  });

  it('hides a version, but never the one on the screen', async () => {
    const { book } = await opened();
    await book.note({ id: 'b', hidden: true });
    expect(book.trailOf(VERSIONS, 'a', 'm')).toMatchObject({ hidden: 1, tries: [{}, {}, {}] });
    expect(book.trailOf(VERSIONS, 'b', 'm').tries).toHaveLength(4);
    await book.showHidden(VERSIONS, 'a');
    expect(book.trailOf(VERSIONS, 'a', 'm').hidden).toBe(0);
  });

  it('shows notes at once that follow each other faster than they are kept', async () => {
    const keeper = new SlowKeeper();
    const { book } = await opened(keeper);
    const starred = (): string[] =>
      book.trailOf(VERSIONS, 'a', 'm').tries.flatMap((each) => (each.starred ? [each.version.id] : []));
    const notes = ['b', 'c', 'd'].map((id) => book.note({ id, starred: true }));
    expect(starred()).toEqual(['b', 'd', 'c']);
    for (const note of notes) {
      await settled();
      keeper.reply();
      await note;
      expect(starred()).toEqual(['b', 'd', 'c']);
    }
    const failing = book.note({ id: 'b', starred: false });
    const fine = book.note({ id: 'c', starred: false });
    await settled();
    keeper.fail(new Error('The server is busy.'));
    await failing;
    expect(starred()).toEqual(['b', 'd']);
    await settled();
    keeper.reply();
    await fine;
    expect(starred()).toEqual(['b', 'd']);
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
