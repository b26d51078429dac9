import { beforeEach, describe, expect, it } from 'vitest';
import type { TokenizedText } from '../../../../src/core/text/tokens.js';
import { alignTokens } from '../../../../src/core/text/tokens.js';
import type { ChangeKind } from '../../../../src/core/text/changes.js';
import { wordTokens } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const LINES = 'One line. Another one.\nA second line.\nA third line.\nA fourth line.\n';
const BEFORE = `${LINES}Dish: quiche.\n`;
const AFTER = `A fourth line.\n${LINES.replace('A fourth line.\n', '')}Dish: tomato soup.\n`;

let stage: Stage;

beforeEach(async () => {
  stage = new Stage();
  await stage.open(AFTER, 'Try it. Enjoy.');
});

function other(prompt: string, target: string): TokenizedText {
  const { tokens, special } = wordTokens({ prompt, target });
  return alignTokens(tokens, special, prompt, target);
}

async function compare(text: TokenizedText | null, isBefore = true): Promise<void> {
  stage.store.compareWith(
    text && {
      other: { ...stage.store.snapshot, tokens: { status: 'ready', value: text } },
      isBefore,
      sides: { before: 'pinned', after: 'selected' },
    },
  );
  await stage.drawn();
}

/** The marked texts of a kind. */
function marked(kind: ChangeKind): string[] {
  return Array.from(CSS.highlights.get(`seqsal-${kind}`) ?? [], String).sort();
}

function bar(): string {
  return stage.part('seqsal-changes').renderRoot.textContent.replaceAll(/\s+/g, ' ').trim();
}

describe('a text next to the one before its changes', () => {
  it('has its additions and moved lines marked, and counted', async () => {
    await compare(other(BEFORE, 'Avoid it. Enjoy.'));
    expect(marked('added')).toEqual(['Try', 'tomato soup']);
    expect(marked('moved')).toEqual(['A fourth line.']);
    expect(marked('removed')).toEqual([]);
    expect(bar()).toContain('Against the pinned text: 2 added 1 moved');
  });

  it('next to the one after its changes has its removals marked', async () => {
    await compare(other(BEFORE, 'Avoid it. Enjoy.'), false);
    expect(marked('removed')).toEqual(['Try', 'tomato soup']);
    expect(bar()).toContain('Against the selected text: 2 removed 1 moved');
  });

  it('keeps its marks when it is cut otherwise, and loses them with the comparison', async () => {
    await compare(other(BEFORE, 'Try it. Enjoy.'));
    stage.store.dispatch({
      type: 'adjust',
      choices: { granularity: { unit: 'words', pattern: '', role: 'ends' } },
    });
    await stage.drawn();
    await expect.poll(() => marked('added')).toEqual(['soup', 'tomato']);
    await compare(null);
    expect(marked('added')).toEqual([]);
    expect(bar()).toBe('');
  });

  it('is walked through by buttons and keys', async () => {
    await compare(other(BEFORE, 'Avoid it. Enjoy.'));
    const text = stage.part('seqsal-text');
    const here = (): string => text.renderRoot.querySelector('[data-here]')?.textContent ?? '';
    const [previous, next] = stage.part('seqsal-changes').renderRoot.querySelectorAll('button');
    next?.click();
    await stage.drawn();
    const first = here();
    next?.click();
    await stage.drawn();
    expect([first, here()]).toEqual(['A fourth line.', 'Dish: tomato soup.']);
    previous?.click();
    await stage.drawn();
    expect(here()).toBe('A fourth line.');
    stage.view.dispatchEvent(new KeyboardEvent('keydown', { key: 'd', bubbles: true, composed: true }));
    await stage.drawn();
    expect(here()).toBe('Dish: tomato soup.');
  });

  it('says that nothing differs, and is silent about another prompt', async () => {
    await compare(other(AFTER, 'Try it. Enjoy.'));
    expect(bar()).toBe('No difference from the pinned text.');
    await compare(other('Quite different words stand here, all of them.', 'No.'));
    expect(bar()).toBe('');
    expect(marked('added')).toEqual([]);
  });

  it('loses its marks when it leaves the page', async () => {
    await compare(other(BEFORE, 'Avoid it. Enjoy.'));
    stage.view.remove();
    expect(marked('added')).toEqual([]);
  });
});
