import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { HeatmapPart, ReportRow } from '../../../../src/core/saved/report.js';
import '../../../../src/elements/aggregates/prompt-heatmap.js';
import type { SeqsalPromptHeatmap } from '../../../../src/elements/aggregates/prompt-heatmap.js';

function row(label: string, share: number | null, excess: number | null, region: ReportRow['region'] = 'prompt') {
  const none = { share_low: null, share_high: null, even_share: null, top3: null };
  const effects = { effect: null, effect_low: null, effect_high: null };
  return { label, region, records: 4, share, excess, ...none, ...effects };
}

const ROWS: readonly ReportRow[] = [
  row('Dish', 0.6, 0.4),
  row('Taste', 0.3, -0.2),
  row('Note', 0.01, 0),
  row('answer', 0.09, -0.2, 'target'),
];
const PARTS: readonly HeatmapPart[] = [
  { text: 'Judge a dish.\n', row: null, region: 'prompt' },
  { text: 'Dish: soup\n', row: 0, region: 'prompt' },
  { text: 'Taste: מרק חם\n', row: 1, region: 'prompt' },
  { text: 'Note: none\n', row: 2, region: 'prompt' },
  { text: 'It has leeks. ', row: 3, region: 'target' },
  { text: 'Avoid.', row: null, region: 'target', selected: true },
];

let heatmap: SeqsalPromptHeatmap;
let chosen: unknown[];

async function show(properties: Partial<SeqsalPromptHeatmap> = {}): Promise<void> {
  heatmap = document.createElement('seqsal-prompt-heatmap');
  Object.assign(heatmap, { parts: PARTS, rows: ROWS, ...properties });
  chosen = [];
  heatmap.addEventListener('label-click', ({ detail }) => chosen.push(detail));
  document.body.append(heatmap);
  await heatmap.updateComplete;
}

afterEach(() => {
  heatmap.remove();
});

function find(selector: string): HTMLElement[] {
  return [...heatmap.renderRoot.querySelectorAll<HTMLElement>(selector)];
}

describe('a prompt by label', () => {
  it('is the exact text of its parts, the answer below it', async () => {
    await show();
    // The numbers are in the text, too, but not part of it.
    for (const each of find('.number')) each.remove();
    const flows = find('.flow').map((each) => each.textContent);
    expect(flows).toEqual(['Judge a dish.\nDish: soup\nTaste: מרק חם\nNote: none\n', 'It has leeks. Avoid.']);
    expect(find('.explained').map((each) => each.textContent)).toEqual(['Avoid.']);
  });

  it('is darker where the share is larger, and has a number but for the smallest', async () => {
    await show();
    const steps = find('.part').map((each) =>
      Number(/strength-(\d+)\)/.exec(each.getAttribute('style') ?? '')?.[1] ?? 0),
    );
    const [dish = 0, taste = 0, note = 0, answer = 0] = steps;
    expect([dish > taste, taste > answer, answer >= note]).toEqual([true, true, true]);
    expect(find('.number').map((each) => each.textContent)).toEqual(
      ['60 %', '30 %', '9 %'].map((text) => text.replace(' ', '\u00a0')),
    );
    await page.getByText('Above even').click();
    await heatmap.updateComplete;
    const styles = find('.part').map((each) => /(support|against|^$)/.exec(each.getAttribute('style') ?? '')?.[0]);
    expect(styles).toEqual(['support', 'against', '', 'against']);
  });

  it('is one tab stop; arrows move between parts, Enter and Space choose their label', async () => {
    await show();
    expect(find('[tabindex="0"]')).toHaveLength(1);
    find('.part')[0]?.focus();
    await userEvent.keyboard(
      '{Enter}{ArrowDown} {ArrowRight}{ArrowRight}{ArrowRight}{Enter}{ArrowUp}{ArrowLeft}{ArrowLeft}{ArrowLeft}{Enter}',
    );
    const dish = { label: 'Dish', region: 'prompt' };
    expect(chosen).toEqual([dish, { label: 'Taste', region: 'prompt' }, { label: 'answer', region: 'target' }, dish]);
    heatmap.selected = 'Taste';
    await heatmap.updateComplete;
    expect(find('.part').map((each) => each.getAttribute('aria-pressed'))).toEqual(['false', 'true', 'false', 'false']);
  });

  it('shows a text without labels, or nothing, without a tab stop', async () => {
    await show({ parts: [{ text: 'Only text.', row: null, region: 'prompt' }], rows: [] });
    expect(find('.text')[0]?.innerText.trim()).toBe('Only text.');
    expect(find('.part, [tabindex]')).toEqual([]);
    heatmap.parts = [];
    await heatmap.updateComplete;
    expect(find('.text')[0]?.innerText.trim()).toBe('');
  });

  it('shows a part whose label has no value, or whose row is missing', async () => {
    await show({
      parts: [
        { text: 'A', row: 0, region: 'prompt' },
        { text: 'B', row: 7, region: 'prompt' },
      ],
      rows: [row('A', null, null)],
    });
    expect(find('.part').map((each) => each.textContent)).toEqual(['A']);
    expect(find('.number')).toEqual([]);
    expect(find('.flow')[0]?.textContent).toBe('AB');
  });

  it('reads right to left in lines that do', async () => {
    const text = 'שלום לכולם, זה טקסט.\n';
    await show({
      parts: [
        { text, row: 0, region: 'prompt' },
        { text: 'Dish: soup', row: 1, region: 'prompt' },
      ],
    });
    const [box] = find('.flow').map((each) => each.getBoundingClientRect());
    const [hebrew, english] = find('.part').map((each) => each.getBoundingClientRect());
    if (!box || !hebrew || !english) throw new Error('A part is missing.');
    expect(box.right - hebrew.right, 'Hebrew begins at the right.').toBeLessThan(2);
    expect(english.left - box.left, 'English begins at the left.').toBeLessThan(2);
  });

  it('meets the accessibility rules', async () => {
    await show({ selected: 'Dish' });
    const { violations } = await axe.run(heatmap, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] });
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(find('[role=group]')[0]?.getAttribute('aria-label')).toBe('The prompt by label');
  });
});
