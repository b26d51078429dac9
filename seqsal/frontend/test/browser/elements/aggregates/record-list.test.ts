import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import type { ListedRecord } from '../../../../src/core/saved/report.js';
import '../../../../src/elements/aggregates/record-list.js';
import type { SeqsalRecordList } from '../../../../src/elements/aggregates/record-list.js';

const RECORDS: readonly ListedRecord[] = [
  { record: 8, line: 9, answer: 'Avoid.', outcome: 'right', share: 0.5 },
  { record: 3, line: 4, answer: '', outcome: '', share: 0.25 },
  { record: 1234, line: 1235, answer: 'לא מומלץ.', outcome: 'נכון', share: 0 },
];

let list: SeqsalRecordList;
let opened: number[];

async function show(more: Partial<SeqsalRecordList> = {}): Promise<void> {
  list = document.createElement('seqsal-record-list');
  Object.assign(list, { records: RECORDS, label: 'Dish', total: RECORDS.length, ...more });
  opened = [];
  list.addEventListener('open-record', ({ detail }) => {
    expect(detail.other).toBe(false);
    opened.push(detail.record);
  });
  const main = document.createElement('main');
  main.append(list);
  document.body.append(main);
  await list.updateComplete;
}

afterEach(() => {
  list.parentElement?.remove();
});

function find<T extends HTMLElement = HTMLElement>(selector: string): T[] {
  return [...list.renderRoot.querySelectorAll<T>(selector)];
}

function words(selector: string): string[] {
  return find(selector).map((each) => each.innerText.replaceAll(/\s+/g, ' ').trim());
}

function many(count: number): ListedRecord[] {
  const one = { answer: 'a', outcome: '', share: 0.1 };
  return Array.from({ length: count }, (_, i) => ({ record: i, line: i + 1, ...one }));
}

describe('the records behind a label', () => {
  it('have their answer, share, line and outcome, and a bar as long as the share', async () => {
    await show();
    expect(words('h2, p')).toEqual(['Records with Dish', '3; the largest share first. Click one to see its map.']);
    expect(words('.record')).toEqual([
      'Avoid. 50.0 % Line 9 · right',
      '␣ 25.0 % Line 4',
      'לא מומלץ. 0.0 % Line 1,235 · נכון',
    ]);
    const widths = find('.bar').map((each) => each.getBoundingClientRect().width);
    expect((widths[1] ?? 0) / (widths[0] ?? 0)).toBeCloseTo(0.5, 2);
    expect(widths[2], 'A share of 0 has a bar that can be seen.').toBeGreaterThan(0);
  });

  it.each([
    [{ total: 200, choice: 'spread' }, '3 of 200, an even spread over the data; the largest share first.'],
    [{ total: 200, choice: 'different' }, '3 of 200, those that differ most; the largest share first.'],
    [{ total: 200, records: [] }, 'None of the 200 records with this label is in this page.'],
    [{ total: 0, records: [] }, 'No record has this label.'],
  ] as const)('say how many of how many there are: %o', async (properties, text) => {
    await show(properties);
    expect(words('p')[0]).toContain(text);
    if ('records' in properties) expect(find('li')).toEqual([]);
  });

  it('are one tab stop with arrow keys, and open by Enter and Space', async () => {
    await show();
    await userEvent.tab();
    await userEvent.keyboard('{Enter}{ArrowDown} {End}{Enter}{ArrowUp}{Home}{Enter}');
    expect(opened).toEqual([8, 3, 1234, 8]);
    list.focusRecord(1234);
    expect(find('.record').map((each) => each.matches(':focus'))).toEqual([false, false, true]);
  });

  it('are plain text where the run has no tokens', async () => {
    await show({ tokens: false });
    expect(words('p')[0]).toContain('They cannot be opened: the run was made with --no-tokens.');
    expect(find('button')).toEqual([]);
    find('.record')[0]?.click();
    expect(opened).toEqual([]);
    expect(words('.record')[0]).toBe('Avoid. 50.0 % Line 9 · right');
  });

  it('are a hundred at first, and more on demand; another label starts with a hundred again', async () => {
    await show({ records: many(230), total: 230 });
    expect(find('.record')).toHaveLength(100);
    expect(words('.more')).toEqual(['100 more']);
    find('.more button')[0]?.click();
    await list.updateComplete;
    expect(words('.more')).toEqual(['30 more']);
    find('.more button')[0]?.click();
    await list.updateComplete;
    expect([find('.record').length, find('.more').length]).toEqual([230, 0]);
    list.records = many(130);
    await list.updateComplete;
    expect(find('.record')).toHaveLength(100);
  });

  it('read right to left where the text does, and keep numbers and lines in their places', async () => {
    await show({ label: 'מנה', total: 3 });
    const answer = find('.answer')[2];
    const share = find('.share')[2];
    if (!answer?.firstChild || !share) throw new Error('There is no third record.');
    const range = document.createRange();
    range.selectNodeContents(answer);
    const [text, box] = [range.getBoundingClientRect(), answer.getBoundingClientRect()];
    expect(box.right - text.right, 'The answer begins at the right.').toBeLessThan(2);
    expect(text.left - box.left).toBeGreaterThan(20);
    expect(share.getBoundingClientRect().left).toBeGreaterThanOrEqual(box.right);
    expect(find('bdi').map((each) => each.innerText)).toEqual(['מנה', 'right', 'נכון']);
    // A long answer is cut, not wrapped, and does not push the share out.
    list.records = [{ record: 0, line: 1, answer: 'ארוך '.repeat(200), outcome: '', share: 0.5 }];
    await list.updateComplete;
    const [row] = find('.record').map((each) => each.getBoundingClientRect());
    expect(find('.share')[0]?.getBoundingClientRect().right).toBeLessThanOrEqual(row?.right ?? 0);
    expect(row?.height).toBeLessThan(60);
  });

  it.each([{}, { tokens: false }, { records: [] }])('meet the accessibility rules: %o', async (properties) => {
    await show(properties);
    const { violations } = await axe.run(list, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] });
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(find('ol')[0]?.getAttribute('aria-labelledby')).toBe('title');
  });
});
