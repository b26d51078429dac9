import { beforeEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { formatMessages } from '../../../../src/core/text/messages.js';
import { AddingHost } from '../../../helpers/adding-host.js';
import { chatTokens, newest } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const PROMPT = 'Rate it.\n\nReview: good\nRate: 5\n\nReview: bad\nRate: 1\n\nReview: fine\nRate:';

let stage: Stage;
let host: AddingHost;

beforeEach(async () => {
  host = new AddingHost();
  stage = new Stage(host);
  await stage.open(PROMPT, ' 3');
  stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'lines', pattern: '', role: 'ends' } } });
  await stage.drawn();
});

async function open(text: string): Promise<HTMLButtonElement[]> {
  await userEvent.click(stage.segment(text), { button: 'right' });
  await stage.drawn();
  return [...stage.part('seqsal-segment-menu').renderRoot.querySelectorAll('button')];
}

function labels(items: readonly HTMLElement[]): string[] {
  return items.map((item) => item.innerText.split('\n')[0]?.replaceAll(/\s+/g, ' ').trim() ?? '');
}

describe('the menu of a segment', () => {
  it('has the quick questions that apply to it', async () => {
    expect(labels(await open('Rate: 1'))).toEqual([
      'Change',
      'Remove and run',
      'Duplicate the line',
      'Move up the line',
      'Move down the line',
      'Swap with the example before',
      'Mask names and numbers',
    ]);
    await userEvent.keyboard('{Escape}');
    expect(labels(await open('Rate it.'))).toEqual([
      'Change',
      'Remove and run',
      'Duplicate the line',
      'Move down the line',
    ]);
  });

  it.each([
    ['Duplicate', 'Rate: 1\nRate: 1\n\nReview: fine'],
    ['Move up', 'Rate: 1\nReview: bad\n\nReview: fine'],
    ['Move down', 'Review: bad\nReview: fine\n\nRate: 1\nRate:'],
    ['Swap', 'Rate it.\n\nReview: bad\nRate: 1\n\nReview: good\nRate: 5\n\nReview: fine\nRate:'],
    ['Mask', 'Rate: NUMBER\n\nReview: fine'],
  ])('runs “%s” at once', async (label, expected) => {
    const items = await open('Rate: 1');
    items.find((item) => item.textContent.includes(label))?.click();
    await stage.drawn();
    expect(host.added).toHaveLength(1);
    expect(host.added[0]).toContain(expected);
  });

  it('is reached by keys', async () => {
    stage.part('seqsal-text').focusSegment(1 + stage.segments().indexOf(stage.segment('Rate: 1')));
    await userEvent.keyboard('m');
    await stage.drawn();
    await userEvent.keyboard('{ArrowUp}{Enter}');
    await stage.drawn();
    expect(host.added[0]).toContain('Rate: NUMBER');
  });

  it('cannot choose what would break a call', async () => {
    const calls = '[{"name": "find"},\n {"name": "stop"}]';
    const prompt = formatMessages([
      { role: 'user', content: 'Go on.' },
      { role: 'assistant', content: 'Yes.' },
      { role: 'calls', content: calls },
    ]);
    stage.store.show({ key: '2', prompt, target: '' }, host);
    newest(host.generations).resolve([{ text: ' ok', score: null }]);
    await stage.drawn();
    const call = newest(host.tokenizations);
    call.resolve(chatTokens(call.input));
    await stage.drawn();
    const item = (await open('{"name": "stop"}]')).find(({ textContent }) => textContent.includes('Move up'));
    expect(item?.disabled).toBe(true);
    expect(item?.textContent).toContain('The call would no longer be JSON.');
  });
});
