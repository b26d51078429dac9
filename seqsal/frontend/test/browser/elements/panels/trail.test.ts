import axe from 'axe-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { TrailBook } from '../../../../src/core/trail/book.js';
import type { Trail } from '../../../../src/core/trail/book.js';
import { NO_NOTES, changed } from '../../../../src/core/trail/notes.js';
import type { TrailAction } from '../../../../src/elements/panels/trail.js';
import { findStartsInWorker } from '../../../../src/host/pattern-worker.js';
import { newest, settled } from '../../../helpers/hand-host.js';
import { Stage, until } from '../../../helpers/stage.js';

const VERSIONS = [
  { id: 'a', parentId: null, prompt: 'Dish: quiche. Answer:', target: '' },
  { id: 'b', parentId: 'a', prompt: 'Dish: soup. Answer:', target: '' },
  { id: 'c', parentId: 'b', prompt: 'Dish: hot soup. Answer:', target: '' },
];

let stage: Stage;
let book: TrailBook;
let actions: TrailAction[];

function show(trail: Trail): void {
  stage.view.trail = { ...trail, model: 'm', current: 'c', beside: 'b' };
}

beforeEach(async () => {
  stage = new Stage();
  actions = [];
  let notes = NO_NOTES;
  const keeper = {
    load: () => Promise.resolve(notes),
    change: (change: Parameters<typeof changed>[1]) => Promise.resolve((notes = changed(notes, change))),
  };
  const redraw = (): void => {
    show(book.trailOf(VERSIONS, 'c', 'm'));
  };
  book = new TrailBook(redraw, keeper, findStartsInWorker);
  stage.view.addEventListener('seqsal-trail', (event) => {
    const { detail } = event as CustomEvent<TrailAction>;
    actions.push(detail);
    if (detail.type === 'check') void book.setChecks(VERSIONS, 'c', detail.checks);
    if (detail.type === 'star') void book.note({ id: detail.id, starred: detail.on });
  });
  await stage.open('Dish: hot soup. Answer:', ' Avoid it.');
  for (const [id, answer] of Object.entries({
    a: 'Try it.',
    b: 'Avoid it.\nReally.',
    c: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
  })) {
    book.setAnswer('m', id, answer);
  }
  await stage.drawn();
});

function items(): HTMLElement[] {
  return [...stage.part('seqsal-trail').renderRoot.querySelectorAll<HTMLElement>('[role=treeitem]')];
}

function verdicts(): string[] {
  return items().map((item) => item.querySelector('.verdicts')?.textContent.trim() ?? '');
}

async function addCheck(kind: string, text: string): Promise<void> {
  await page.getByRole('button', { name: 'Check the answers' }).click();
  await page.getByLabelText('The answer should').selectOptions(kind);
  const field = stage
    .part('seqsal-trail')
    .renderRoot.querySelector('seqsal-answer-checks')
    ?.renderRoot.querySelector('input');
  if (field) field.value = text;
  await page.getByRole('button', { name: 'Add', exact: true }).click();
}

describe('the trail', () => {
  it('shows the old and the new text of a change in a narrow view, and the answer below them', async () => {
    stage.view.style.width = '350px';
    const prompt = 'Recommendation: You will enjoy it. Answer:';
    const [first] = VERSIONS;
    const versions = [
      ...(first ? [{ ...first, prompt }] : []),
      { id: 'c', parentId: 'a', prompt: prompt.replace('You will enjoy it', 'Better pick another'), target: '' },
    ];
    show(book.trailOf(versions, 'c', 'm'));
    await stage.drawn();
    const [name, answer] = ['.name', '.answer'].map((part) => items()[1]?.querySelector<HTMLElement>(part));
    expect(name?.textContent).toBe('“You will enjoy…” → “Better pick another”');
    expect(name?.scrollWidth).toBeLessThanOrEqual(name?.clientWidth ?? 0);
    expect(answer?.getBoundingClientRect().top).toBeGreaterThanOrEqual(
      name?.getBoundingClientRect().bottom ?? Infinity,
    );
  });

  it('lists what each try changed and the first line of its answer', () => {
    const texts = items().map((item) => item.textContent.replaceAll(/\s+/g, ' ').trim());
    expect(texts[0]).toContain('1 First version Try it.');
    expect(texts[1]).toMatch(/2 “quiche” → “soup” pinned Avoid it\. ☆/);
    expect(texts[2]).toContain('3 + “hot”');
    expect(items().map((item) => [item.ariaLevel, item.ariaSelected])).toEqual([
      ['1', 'false'],
      ['2', 'false'],
      ['3', 'true'],
    ]);
  });

  it('writes each answer in the direction of its script', async () => {
    book.setAnswer('m', 'a', 'שלום, עולם.');
    await stage.drawn();
    const answers = items().map((item) => item.querySelector('.answer'));
    expect(answers.map((answer) => answer && getComputedStyle(answer).direction)).toEqual(['rtl', 'ltr', 'ltr']);
  });

  it('is used by keys alone', async () => {
    items()[2]?.focus();
    await userEvent.keyboard('{ArrowUp}{ArrowUp}{Enter}{ArrowDown}{Shift>}{Enter}{/Shift}s{Delete}');
    expect(actions).toEqual([
      { type: 'visit', id: 'a', beside: false },
      { type: 'visit', id: 'b', beside: true },
      { type: 'star', id: 'b', on: true },
      { type: 'hide', id: 'b', on: true },
    ]);
    // The keys of the text do nothing here.
    expect(stage.selected()).toEqual([]);
    await stage.drawn();
    expect(items()[1]?.ariaLabel).toContain('Try 2, starred: “quiche” → “soup”');
  });

  it('checks all answers, and says what is wrong with a check where it is typed', async () => {
    await addCheck('contain', 'avoid');
    await until(() => verdicts().join() === '✗,✓,✗');
    await addCheck('have at most this many words', 'few');
    await expect.element(page.getByRole('alert')).toHaveTextContent('whole number');
    await userEvent.keyboard('{Escape}');
    await page.getByRole('button', { name: 'Remove the check: contains “avoid”' }).click();
    await until(() => verdicts().join() === ',,');
  });

  it('gives up an expression that does not end, and goes on', async () => {
    await addCheck('match the expression', '(a+)+$');
    await until(() => verdicts().join() === '✗,✗,?');
    expect(items()[2]?.ariaLabel).toContain('takes too long');
  });

  it.each(['light', 'dark'] as const)('holds the rules of accessibility, %s', async (theme) => {
    stage.view.theme = theme;
    await addCheck('contain', 'avoid');
    await until(() => verdicts().join() === '✗,✓,✗');
    await page.getByRole('button', { name: 'Check the answers' }).click();
    stage.segment('Avoid it.').click();
    await settled();
    newest(stage.host.saliences).resolve({ grad_l2: newest(stage.host.saliences).input.targetMask.map((_, i) => i) });
    await stage.drawn();
    const { violations } = await axe.run(stage.view, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] });
    expect(violations.flatMap(({ help, nodes }) => nodes.map(({ html }) => `${help}: ${html.slice(0, 200)}`))).toEqual(
      [],
    );
  });
});
