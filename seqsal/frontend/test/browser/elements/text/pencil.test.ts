import axe from 'axe-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { AddingHost } from '../../../helpers/adding-host.js';
import { Stage, until } from '../../../helpers/stage.js';

const PROMPT = `Likes: cheese. Dislikes: eggs.\n${'Many words in a long line. '.repeat(8)}\nשלום עולם.\nDish: quiche.\n`;

let stage: Stage;

beforeEach(async () => {
  stage = new Stage(new AddingHost());
  await stage.open(PROMPT, 'Avoid it. Enjoy.');
});

function pencil(): HTMLElement | null {
  return stage.part('seqsal-text').renderRoot.querySelector<HTMLElement>('.pencil');
}

async function hover(text: string): Promise<HTMLElement> {
  const span =
    stage.segments().findLast((each) => each.textContent === text) ?? expect.fail(`No segment reads ${text}.`);
  await userEvent.hover(span);
  // It may be that of the segment before, until the pointer has rested.
  await until(() => {
    const [button, line] = [pencil()?.getBoundingClientRect(), [...span.getClientRects()].at(-1)];
    return button && line && button.top < line.bottom && button.bottom > line.top;
  });
  return pencil() ?? expect.fail('There is no pencil.');
}

function boxes(): DOMRect[] {
  return stage.segments().flatMap((span) => [...span.getClientRects()]);
}

function overlap(a: DOMRect, b: DOMRect): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

describe('the pencil', () => {
  it.each(['Dislikes: eggs.', 'Likes: cheese.', 'Many words in a long line.', 'שלום עולם.'])(
    'moves and hides no text at %s',
    async (text) => {
      const before = boxes();
      const button = await hover(text);
      expect(boxes()).toEqual(before);
      const place = button.getBoundingClientRect();
      expect(before.filter((box) => overlap(box, place))).toEqual([]);
      expect(place.right).toBeLessThanOrEqual(stage.part('seqsal-text').getBoundingClientRect().right);
    },
  );

  it('begins an edit, and is gone during it', async () => {
    await userEvent.click(await hover('Dislikes: eggs.'));
    await stage.drawn();
    expect(stage.store.snapshot.edit?.text).toBe('Dislikes: eggs.');
    expect(stage.selected()).toEqual([]);
    expect(pencil()).toBeNull();
  });

  it('is at the focused segment at once, also after a tap', async () => {
    // After the special token.
    stage.part('seqsal-text').focusSegment(1 + stage.segments().indexOf(stage.segment('Dislikes: eggs.')));
    expect(pencil()).not.toBeNull();
    stage.part('seqsal-text').focusSegment(1 + stage.segments().indexOf(stage.segment('Avoid it.')));
    expect(pencil()).toBeNull();
    stage.segment('Dislikes: eggs.').click();
    await stage.drawn();
    expect(pencil()).not.toBeNull();
  });

  it('stays on its segment while the pointer crosses others on the way to it', async () => {
    const button = await hover('Likes: cheese.');
    const { left } = button.getBoundingClientRect();
    await userEvent.hover(stage.segment('Dislikes: eggs.'));
    await userEvent.hover(button);
    expect(button.getBoundingClientRect().left).toBe(left);
    await userEvent.click(button);
    expect(stage.store.snapshot.edit?.text).toBe('Likes: cheese.');
  });

  it('does not disturb a drag', async () => {
    await hover('Likes: cheese.');
    await userEvent.dragAndDrop(stage.segment('Likes: cheese.'), stage.segment('Dish: quiche.'));
    await stage.drawn();
    expect(stage.selected()[0]).toBe('Likes: cheese.');
    expect(stage.selected().at(-1)).toBe('Dish: quiche.');
  });

  it('is not in the answer, nor where prompts cannot be added', async () => {
    stage.segment('Avoid it.').click();
    await stage.drawn();
    expect(pencil()).toBeNull();
    stage = new Stage();
    await stage.open(PROMPT, 'Avoid it.');
    stage.segment('Dislikes: eggs.').click();
    await stage.drawn();
    expect(pencil()).toBeNull();
  });

  it('is accessible', async () => {
    await hover('Dislikes: eggs.');
    const { violations } = await axe.run(stage.view, { rules: { region: { enabled: false } } });
    expect(violations.map(({ id }) => id)).toEqual([]);
  });
});
