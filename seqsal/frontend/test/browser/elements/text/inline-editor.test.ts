import axe from 'axe-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { AddingHost } from '../../../helpers/adding-host.js';
import { Stage } from '../../../helpers/stage.js';

const PROMPT = 'Likes: cheese. Dislikes: eggs.\nDish: quiche.\n';

let stage: Stage;
let host: AddingHost;

beforeEach(async () => {
  host = new AddingHost();
  stage = new Stage(host);
  await stage.open(PROMPT, 'Avoid it. Enjoy.');
});

function field(): HTMLElement | null {
  return stage.part('seqsal-text').renderRoot.querySelector<HTMLElement>('.field');
}

function shownPrompt(): string {
  return (stage.part('seqsal-text').renderRoot.querySelector<HTMLElement>('.prompt .flow')?.innerText ?? '').trim();
}

async function begin(text = 'Dislikes: eggs.'): Promise<HTMLElement> {
  await userEvent.dblClick(stage.segment(text));
  await stage.drawn();
  return field() ?? expect.fail('There is no field.');
}

/** Types in place of all the text of the field. */
async function type(text: string): Promise<void> {
  await userEvent.keyboard('{Control>}a{/Control}');
  await userEvent.keyboard(text);
  await stage.drawn();
}

describe('a double click on a segment of the prompt', () => {
  it('turns it into a field in its place, and keeps the selection in the answer', async () => {
    stage.segment('Avoid it.').click();
    await stage.drawn();
    const before = stage.segment('Dislikes: eggs.').getBoundingClientRect();
    const opened = await begin();
    expect(opened.textContent).toBe('Dislikes: eggs.');
    expect(opened.getBoundingClientRect().top).toBeCloseTo(before.top, -1);
    expect(opened.matches(':focus')).toBe(true);
    expect(stage.selected()).toEqual(['Avoid it.']);
  });

  it('runs the changed prompt by Ctrl and Enter', async () => {
    await begin();
    await type('Dislikes: fish');
    await userEvent.keyboard('{Enter}and nuts.');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    await stage.drawn();
    expect(host.added).toEqual(['Likes: cheese. Dislikes: fish\nand nuts.\nDish: quiche.\n']);
    expect(field()).toBeNull();
  });

  it('leaves the text as it was by Escape, with the focus on the segment', async () => {
    await begin();
    await type('Dislikes: fish.');
    await userEvent.keyboard('{Escape}');
    await stage.drawn();
    expect(field()).toBeNull();
    expect(shownPrompt()).toBe(PROMPT.trim());
    expect(stage.segment('Dislikes: eggs.').matches(':focus')).toBe(true);
    expect(host.added).toEqual([]);
  });

  it('takes the whole paragraph by a third click, which a new series of clicks in the field does not', async () => {
    await userEvent.tripleClick(stage.segment('Dislikes: eggs.'));
    await stage.drawn();
    const paragraph = field() ?? expect.fail('There is no field.');
    expect(paragraph.textContent).toBe(PROMPT.trim());
    await userEvent.keyboard('Dislikes: fish.');
    await stage.drawn();
    expect(shownPrompt()).toBe('Dislikes: fish.');
    await userEvent.keyboard('{Escape}');
    await stage.drawn();
    const opened = await begin();
    await userEvent.click(opened);
    await userEvent.tripleClick(opened);
    await stage.drawn();
    expect(field()?.textContent).toBe('Dislikes: eggs.');
  });

  it('takes the whole paragraph by Ctrl and A, if all of the field is selected already', async () => {
    await begin();
    await userEvent.keyboard(' And fish.{Control>}a{/Control}');
    await stage.drawn();
    expect(field()?.textContent).toBe('Dislikes: eggs. And fish.');
    await userEvent.keyboard('{Control>}a{/Control}');
    await stage.drawn();
    expect(field()?.textContent).toBe('Likes: cheese. Dislikes: eggs. And fish.\nDish: quiche.');
    await userEvent.keyboard('Nothing.');
    await stage.drawn();
    expect(shownPrompt()).toBe('Nothing.');
  });

  it('keeps what was typed into another segment: one field covers both', async () => {
    await begin();
    await type('Dislikes: soup.');
    const both = await begin('Dish: quiche.');
    expect(both.matches(':focus')).toBe(true);
    expect(both.textContent).toBe('Dislikes: soup.\nDish: quiche.');
    await userEvent.keyboard(' Or not.');
    await stage.drawn();
    expect(shownPrompt()).toBe('Likes: cheese. Dislikes: soup.\nDish: quiche. Or not.');
  });

  it('does nothing in the answer, and where prompts cannot be added', async () => {
    await userEvent.dblClick(stage.segment('Avoid it.'));
    await stage.drawn();
    expect(field()).toBeNull();
    stage = new Stage();
    await stage.open(PROMPT, 'Avoid it.');
    await userEvent.dblClick(stage.segment('Dislikes: eggs.'));
    await stage.drawn();
    expect(field()).toBeNull();
  });
});

describe('an open field', () => {
  it('stays over a change of granularity, in place of all that it replaces', async () => {
    await begin();
    await type('Dislikes: fish.');
    stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'words', pattern: '', role: 'ends' } } });
    await stage.drawn();
    await expect.poll(() => field()?.textContent).toBe('Dislikes: fish.');
    expect(shownPrompt()).toBe('Likes: cheese. Dislikes: fish.\nDish: quiche.');
  });

  it('keeps keys for itself that have a meaning in the text', async () => {
    await begin();
    await type('name apple');
    expect(field()?.textContent).toBe('name apple');
  });

  it('is opened by a key and by the menu, too', async () => {
    stage.part('seqsal-text').focusSegment(1 + stage.segments().indexOf(stage.segment('Dislikes: eggs.')));
    await userEvent.keyboard('e');
    await stage.drawn();
    expect(field()?.textContent).toBe('Dislikes: eggs.');
    await userEvent.keyboard('{Escape}');
    await userEvent.click(stage.segment('Dish: quiche.'), { button: 'right' });
    const menu = stage.part('seqsal-segment-menu').renderRoot;
    const item = [...menu.querySelectorAll('button')].find((button) => button.textContent.includes('Change'));
    item?.click();
    await stage.drawn();
    expect(field()?.textContent).toBe('Dish: quiche.');
  });

  it('has the bar with what can be done', async () => {
    await begin();
    await type('Dislikes: fish.');
    const bar = stage.part('seqsal-edit-bar').renderRoot;
    const [run, discard] = bar.querySelectorAll('button');
    expect([run, discard].map((button) => button?.textContent.replaceAll(/\s+/g, ' ').trim())).toEqual([
      'Run and compare Ctrl ⏎',
      'Discard Esc',
    ]);
    run?.click();
    await stage.drawn();
    expect(host.added).toHaveLength(1);
  });

  it('takes no paste that would freeze the page, and says so', async () => {
    const opened = await begin();
    await type('Dislikes: fish.');
    const paste = (text: string): boolean => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      return opened.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    };
    expect(paste('x'.repeat(5_000_000))).toBe(false);
    await stage.drawn();
    expect(opened.textContent).toBe('Dislikes: fish.');
    const bar = stage.part('seqsal-edit-bar').renderRoot.querySelector('[role=status]');
    expect(bar?.textContent).toBe(
      'This text has 5,000,000 characters, and an edit in place takes 200,000. Nothing was pasted.',
    );
    await userEvent.keyboard('!');
    await stage.drawn();
    expect(bar?.textContent).toBe('This edit is not run yet.');
    expect(paste('nuts')).toBe(true);
  });

  it('shows the rest of a segment of which it is a part', async () => {
    const chars = { start: PROMPT.indexOf('cheese'), end: PROMPT.indexOf('eggs') + 4 };
    stage.store.dispatch({ type: 'edit', edit: { chars, text: 'ham' } });
    await stage.drawn();
    expect(field()?.textContent).toBe('ham');
    expect(shownPrompt()).toBe('Likes: ham.\nDish: quiche.');
    stage.store.dispatch({ type: 'edit', edit: null });
    await stage.drawn();
    expect(shownPrompt()).toBe(PROMPT.trim());
  });

  it('leaves the focus in another field where the user types', async () => {
    const box = document.createElement('textarea');
    document.body.append(box);
    box.focus();
    stage.store.dispatch({ type: 'edit', edit: { chars: { start: 0, end: 5 }, text: 'Loves' } });
    await stage.drawn();
    expect(field()?.textContent).toBe('Loves');
    expect(document.activeElement).toBe(box);
    box.remove();
  });

  it('is accessible', async () => {
    await begin();
    const { violations } = await axe.run(stage.view, { rules: { region: { enabled: false } } });
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });
});
