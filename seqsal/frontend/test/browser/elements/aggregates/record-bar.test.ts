import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '../../../../src/elements/aggregates/record-bar.js';
import type { SeqsalRecordBar } from '../../../../src/elements/aggregates/record-bar.js';

let bar: SeqsalRecordBar;
let events: unknown[];

async function show(properties: Partial<SeqsalRecordBar> = {}): Promise<void> {
  bar = document.createElement('seqsal-record-bar');
  Object.assign(bar, { name: 'Record 8 · line 9', answer: 'Avoid.', previous: 3, next: 0, ...properties });
  events = [];
  bar.addEventListener('open-record', ({ detail }) => events.push(detail));
  bar.addEventListener('close-record', () => events.push('close'));
  document.body.append(bar);
  await bar.updateComplete;
}

afterEach(() => {
  bar.remove();
});

function find(selector: string): HTMLElement | null {
  return bar.renderRoot.querySelector<HTMLElement>(selector);
}

describe('the bar above a record', () => {
  it('goes back, and to the records before and after, by keys alone', async () => {
    await show();
    bar.focus();
    expect(find('#back')?.matches(':focus')).toBe(true);
    await userEvent.keyboard('{Enter}');
    await userEvent.tab();
    await userEvent.keyboard('{Enter}');
    await userEvent.tab();
    await userEvent.keyboard(' ');
    expect(events).toEqual(['close', { record: 3, other: false }, { record: 0, other: false }]);
  });

  it('has no way to a record that is not there', async () => {
    await show({ previous: null, next: null });
    await expect.element(page.getByRole('button', { name: 'Previous record' })).toBeDisabled();
    await expect.element(page.getByRole('button', { name: 'Next record' })).toBeDisabled();
    await expect.element(page.getByRole('button', { name: 'Back to the report' })).toBeEnabled();
  });

  it('says what the reader has to know, and nothing if there is nothing', async () => {
    await show();
    expect(find('[role=note]')).toBeNull();
    bar.note = 'The run has one segment for each labelled part.';
    await bar.updateComplete;
    expect(find('[role=note]')?.textContent).toBe(bar.note);
  });

  it('cuts a long answer, of any direction, and keeps its buttons', async () => {
    await page.viewport(600, 700);
    await show({ answer: 'ארוך '.repeat(200) });
    const buttons = [...bar.renderRoot.querySelectorAll('button')].map((each) => each.getBoundingClientRect());
    for (const { left, right } of buttons) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(600);
    }
    expect(bar.getBoundingClientRect().height).toBeLessThan(90);
    expect(find('h2')?.title).toBe(bar.answer);
    await page.viewport(900, 700);
  });

  it('begins an answer at the right where it reads right to left', async () => {
    await show({ answer: 'לא מומלץ.' });
    const heading = find('h2');
    if (!heading) throw new Error('There is no answer.');
    const range = document.createRange();
    range.selectNodeContents(heading);
    const [text, box] = [range.getBoundingClientRect(), heading.getBoundingClientRect()];
    expect(box.right - text.right).toBeLessThan(2);
    expect(text.left - box.left).toBeGreaterThan(20);
  });

  it.each(['light', 'dark'] as const)('meets the accessibility rules in the %s theme', async (theme) => {
    await show({ theme, note: 'The run has one segment for each labelled part.' });
    const { violations } = await axe.run(bar, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] });
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(find('nav')?.getAttribute('aria-label')).toBe('Record');
  });
});
