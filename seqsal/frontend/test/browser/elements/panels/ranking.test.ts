import { beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { Stage } from '../../../helpers/stage.js';

const LINES = 60;
/** The scores of lines by their number; the others have 1. */
const HOT = new Map([
  [3, 50],
  [20, 90],
  [41, 70],
]);

let stage: Stage;

beforeEach(async () => {
  stage = new Stage();
  await stage.open(Array.from({ length: LINES }, (_, i) => `line${String(i)}.\n`).join(''), 'The answer.');
});

async function explain(): Promise<void> {
  stage.segment('The answer.').click();
  // The token of line i is token i + 1.
  await stage.score((i) => HOT.get(i - 1) ?? 1);
}

async function openList(): Promise<void> {
  await page.getByRole('button', { name: 'Strongest', exact: true }).click();
  await stage.drawn();
}

function rows(): HTMLElement[] {
  return [...stage.part('seqsal-ranking').renderRoot.querySelectorAll<HTMLElement>('li button')];
}

function inView(text: string): boolean {
  const [here, there] = [stage.part('seqsal-text'), stage.segment(text)].map((each) => each.getBoundingClientRect());
  return here !== undefined && there !== undefined && there.top >= here.top && there.bottom <= here.bottom;
}

function focused(): string | undefined {
  return stage.part('seqsal-text').renderRoot.querySelector(':focus')?.textContent;
}

describe('the list of the strongest segments', () => {
  it('shows a hint while nothing is selected, and closes', async () => {
    await openList();
    expect(stage.part('seqsal-ranking').renderRoot.textContent).toContain('Choose a segment of the text');
    await page.getByRole('button', { name: 'Close the list' }).click();
    await stage.drawn();
    expect(stage.view.renderRoot.querySelector('seqsal-ranking')).toBeNull();
  });

  it('sorts them by strength and shows their shares', async () => {
    await explain();
    await openList();
    const texts = rows().map((row) => row.textContent.replaceAll(/\s+/g, ' ').trim());
    expect(texts.slice(0, 4)).toEqual(['1 line20. 34 %', '2 line41. 26 %', '3 line3. 19 %', '4 line0. 0.4 %']);
    expect(rows()).toHaveLength(50);
    expect(stage.part('seqsal-ranking').renderRoot.textContent).toContain('50 of 60');
  });

  it('handles a single segment', async () => {
    await stage.open('One alone.\n', 'The answer.');
    await explain();
    await openList();
    expect(rows()).toHaveLength(1);
    expect(stage.part('seqsal-ranking').renderRoot.textContent).toMatch(/^\s*Strongest segments\s*1 · share/);
  });

  it('brings a clicked segment into view and shows its rank', async () => {
    await explain();
    await openList();
    expect(inView('line20.')).toBe(false);
    rows()[0]?.click();
    await stage.drawn();
    expect(inView('line20.')).toBe(true);
    expect(getComputedStyle(stage.segment('line20.')).outlineStyle).toBe('solid');
    expect(stage.part('seqsal-readout').renderRoot.textContent).toMatch(/salience\s+90\.0\s+· the strongest of\s+60/);
    expect(stage.selected(), 'looking is not selecting').toEqual(['The answer.']);
  });

  it('works with the keyboard: one tab stop, arrows, Home and End', async () => {
    await explain();
    await openList();
    expect(rows().filter((row) => row.tabIndex === 0)).toEqual([rows()[0]]);
    rows()[0]?.focus();
    await userEvent.keyboard('{ArrowDown}');
    await stage.drawn();
    expect(inView('line41.')).toBe(true);
    expect(rows()[1]?.matches(':focus')).toBe(true);
    expect(rows()[1]?.ariaCurrent).toBe('true');
    await userEvent.keyboard('{End}{Home}');
    await stage.drawn();
    expect(inView('line20.')).toBe(true);
    expect(rows()[0]?.matches(':focus')).toBe(true);
  });

  it('is below the text in a narrow view', async () => {
    stage.view.style.width = '350px';
    await explain();
    await openList();
    const [text, list] = [stage.part('seqsal-text'), stage.part('seqsal-ranking')].map((each) =>
      each.getBoundingClientRect(),
    );
    expect(list?.top).toBeGreaterThanOrEqual(text?.bottom ?? Infinity);
    expect(text?.height).toBeGreaterThan(100);
  });
});

describe('the keys n and p', () => {
  it('go through the strongest segments in text order, wrapping around', async () => {
    await explain();
    stage.segment('The answer.').focus();
    // Five of 60 are hot: the three strong ones, then the first of those with the same score.
    const order: (string | undefined)[] = [];
    for (let i = 0; i < 6; i++) {
      await userEvent.keyboard('n');
      order.push(focused());
    }
    expect(order).toEqual(['line0.', 'line1.', 'line3.', 'line20.', 'line41.', 'line0.']);
    expect(inView('line0.')).toBe(true);
    await userEvent.keyboard('pp');
    expect(focused()).toBe('line20.');
    expect(inView('line20.')).toBe(true);
  });

  it('have buttons in the list, which name their keys', async () => {
    await explain();
    await openList();
    const next = page.getByRole('button', { name: 'Next hot segment' });
    await expect.element(next).toHaveAttribute('title', expect.stringContaining('key n'));
    await next.click();
    await stage.drawn();
    expect(inView('line0.')).toBe(true);
  });

  it('are letters in a text field', async () => {
    await explain();
    await page.getByRole('radio', { name: 'Custom' }).click({ force: true });
    await userEvent.fill(page.getByRole('textbox'), '');
    await userEvent.type(page.getByRole('textbox'), 'np');
    await expect.element(page.getByRole('textbox')).toHaveValue('np');
  });

  it('do nothing while there is no heat', async () => {
    stage.segment('The answer.').focus();
    await userEvent.keyboard('n');
    expect(focused()).toBe('The answer.');
  });
});

describe('the help', () => {
  it('describes every gesture and key', async () => {
    await page.getByRole('button', { name: 'Help' }).click();
    const help = page.getByRole('dialog', { name: 'Help' });
    await expect.element(help).toBeVisible();
    const rows = stage
      .part('seqsal-toolbar')
      .renderRoot.querySelector('seqsal-help')
      ?.renderRoot.querySelectorAll('dt');
    const words = Array.from(rows ?? [], (row) => row.textContent).join('; ');
    for (const word of ['Click', 'Drag', 'Shift', 'Ctrl', 'Arrows', 'Enter', 'n, p', 'Esc', 'Alt']) {
      expect(words).toContain(word);
    }
  });
});
