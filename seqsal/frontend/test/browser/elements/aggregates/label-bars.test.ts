import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import '../../../../src/elements/aggregates/label-bars.js';
import type { LabelRow, SeqsalLabelBars } from '../../../../src/elements/aggregates/label-bars.js';

const INTERVALS = { share_low: 0.75, share_high: 0.8, even_share: 0.1, top3: 1 };
const ROWS: readonly [LabelRow, LabelRow, LabelRow] = [
  { label: 'Recommendation', region: 'prompt', records: 24, share: 0.77, ...INTERVALS },
  { ...INTERVALS, label: 'Analysis', records: 20, share: 0.2, share_low: 0.15, share_high: 0.25, even_share: 0.2 },
  { label: 'Empty', records: 1, share: 0, share_low: null, share_high: null, even_share: null, top3: null },
];

let bars: SeqsalLabelBars;

async function show(rows: readonly LabelRow[], more: Partial<SeqsalLabelBars> = {}): Promise<void> {
  bars = document.createElement('seqsal-label-bars');
  Object.assign(bars, { rows, ...more });
  document.body.append(bars);
  await bars.updateComplete;
}

afterEach(() => {
  bars.remove();
});

function find<T extends HTMLElement = HTMLElement>(selector: string): T[] {
  return [...bars.renderRoot.querySelectorAll<T>(selector)];
}

function cells(): string[][] {
  return find<HTMLTableRowElement>('tbody tr').map((row) =>
    Array.from(row.cells, (cell) => cell.textContent.replaceAll(/\s+/g, ' ').trim()),
  );
}

describe('bars per label', () => {
  it('say share, ratio to an even spread and how often the label is among the strongest', async () => {
    await show(ROWS, { total: 24 });
    expect(cells()).toEqual([
      ['Recommendation 24 records', '', '77.0 %', '7.7 ×', '100 %'],
      ['Analysis 20 of 24 records', '', '20.0 %', 'may be even, 1.0 ×', '100 %'],
      ['Empty 1 of 24 records', '', '0.0 %', '', ''],
    ]);
    expect(find('.track').map((each) => each.getAttribute('aria-label'))).toEqual([
      '77.0\u00a0% of the salience (interval 75.0\u00a0% to 80.0\u00a0%); an even spread would give 10.0\u00a0%',
      '20.0\u00a0% of the salience (interval 15.0\u00a0% to 25.0\u00a0%); an even spread would give 20.0\u00a0%',
      '0.0\u00a0% of the salience',
    ]);
  });

  it('are as long as the shares, on a scale that ends at the largest', async () => {
    await show(ROWS);
    const [track] = find('tbody .track').map((each) => each.getBoundingClientRect().width);
    const lengths = find('tbody .bar').map((each) => each.getBoundingClientRect().width / (track ?? 0));
    expect(lengths[0]).toBeCloseTo(0.77 / 0.8, 2);
    expect(lengths[1]).toBeCloseTo(0.2 / 0.8, 2);
    const [interval] = find('tbody .interval').map((each) => each.getBoundingClientRect().width / (track ?? 0));
    expect(interval).toBeCloseTo(0.05 / 0.8, 1);
    expect(find('tbody .interval')).toHaveLength(2);
    expect(find('tbody .bar').map((each) => each.className)).toEqual(['bar above', 'bar within', 'bar within']);
  });

  it('show effects only where they were measured', async () => {
    await show([{ ...ROWS[0], effect: -0.25, effect_low: -0.5, effect_high: 0.1 }, ROWS[1]]);
    expect(cells().map((row) => row.at(-1))).toEqual(['−0.25', '']);
    expect(find('tbody tr:first-child td:last-child')[0]?.title).toContain('(interval −0.50 to 0.10)');
  });

  it('send the label of a clicked row, and mark the selected one', async () => {
    await show(ROWS);
    const seen: unknown[] = [];
    bars.addEventListener('label-click', (event) => seen.push(event.detail));
    find('tbody .track')[1]?.click();
    find('tbody button')[0]?.click();
    expect(seen).toEqual([
      { label: 'Analysis', region: '' },
      { label: 'Recommendation', region: 'prompt' },
    ]);
    const pressed = (): (string | null)[] => find('tbody button').map((each) => each.getAttribute('aria-pressed'));
    bars.selected = { label: 'Analysis' };
    await bars.updateComplete;
    expect(pressed()).toEqual(['false', 'true', 'false']);
    bars.selected = { label: 'Recommendation', region: 'target' };
    await bars.updateComplete;
    expect(pressed()).toEqual(['false', 'false', 'false']);
  });

  it('are one tab stop with arrow keys', async () => {
    await show(ROWS);
    const seen: string[] = [];
    bars.addEventListener('label-click', (event) => seen.push(event.detail.label));
    await userEvent.tab();
    await userEvent.keyboard('{ArrowDown}{Enter}{End}{Enter}{ArrowUp}{ArrowUp}{ArrowUp} ');
    expect(seen).toEqual(['Analysis', 'Empty', 'Recommendation']);
  });

  it('say that there are none', async () => {
    await show([]);
    expect(bars.renderRoot.textContent).toContain('No label has a share yet.');
  });

  it.each(['light', 'dark'] as const)('meet the accessibility rules in the %s theme', async (theme) => {
    await show(ROWS, { theme, selected: { label: 'Analysis' } });
    const { violations } = await axe.run(bars, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] });
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });
});
