import { describe, expect, it } from 'vitest';
import { alignSegments } from '../../../../src/core/text/alignment.js';
import { changesBetween } from '../../../../src/core/text/changes.js';
import { segmentTokens } from '../../../../src/core/text/segments.js';
import type { Segment } from '../../../../src/core/text/segment.js';
import { alignTokens } from '../../../../src/core/text/tokens.js';
import type { TokenizedText } from '../../../../src/core/text/tokens.js';
import { wordTokens } from '../../../helpers/hand-host.js';
import { by } from '../../../helpers/texts.js';

function tokenized(prompt: string, target: string): TokenizedText {
  const { tokens, special } = wordTokens({ prompt, target });
  return alignTokens(tokens, special, prompt, target);
}

/** The pairs as texts, and the segments without a counterpart. */
function aligned(before: [string, string], after: [string, string], unit: 'sentences' | 'words' = 'sentences') {
  const [old, next] = [tokenized(...before), tokenized(...after)];
  const [own, others] = [segmentTokens(old, by(unit)), segmentTokens(next, by(unit))];
  const alignment = alignSegments(own, others, changesBetween(old, next)?.matches ?? []);
  const text = (segments: readonly Segment[], i: number): string => segments[i]?.text.trim() ?? '';
  const shown = own.map((_, i) => i).filter((i) => own[i]?.special === false);
  for (const i of shown) {
    const other = alignment.before[i] ?? -1;
    if (other >= 0) expect(alignment.after[other], 'pairs are pairs in both directions').toBe(i);
  }
  return {
    pairs: shown
      .filter((i) => alignment.before[i] !== -1)
      .map((i) => [text(own, i), text(others, alignment.before[i] ?? -1)]),
    gone: shown.filter((i) => alignment.before[i] === -1).map((i) => text(own, i)),
    come: others.flatMap(({ special }, i) => (!special && alignment.after[i] === -1 ? [text(others, i)] : [])),
  };
}

const same = (...texts: string[]): string[][] => texts.map((text) => [text, text]);

describe('the segments of two versions of a text', () => {
  it('are pairs if nothing changed', () => {
    expect(aligned(['One. Two. Three.', ' Yes.'], ['One. Two. Three.', ' Yes.'])).toEqual({
      pairs: same('One.', 'Two.', 'Three.', 'Yes.'),
      gone: [],
      come: [],
    });
  });

  it('have no counterpart if they were added or removed', () => {
    const [before, after] = ['One is here. Two is there. Three is gone.', 'One is here. Four is new. Three is gone.'];
    const longer = before.replace('Two', 'Zero is nothing. Two');
    expect(aligned([before, ' Yes.'], [longer, ' Yes.'])).toMatchObject({ gone: [], come: ['Zero is nothing.'] });
    expect(aligned([longer, ' Yes.'], [before, ' Yes.'])).toMatchObject({ gone: ['Zero is nothing.'], come: [] });
    expect(aligned([before, ''], [after, '']).pairs).toContainEqual(['Two is there.', 'Four is new.']);
  });

  it('are pairs with what took their place, even with no word in common', () => {
    const kept = 'The first sentence stays. ';
    const { pairs, gone, come } = aligned(
      [`${kept}Alpha beta gamma. The end stays too.`, ' Avoid.'],
      [`${kept}Delta epsilon. The end stays too.`, ' Try it.'],
    );
    expect(pairs).toContainEqual(['Alpha beta gamma.', 'Delta epsilon.']);
    expect(pairs).toContainEqual(['Avoid.', 'Try it.']);
    expect([gone, come]).toEqual([[], []]);
  });

  it('are found again where their line was moved', () => {
    const [a, b, c] = ['Alpha beta gamma delta.\n', 'The second line is here.\n', 'The third line is there.\n'];
    expect(aligned([a + b + c, ''], [b + c + a, '']).pairs).toEqual(
      same('Alpha beta gamma delta.', 'The second line is here.', 'The third line is there.'),
    );
  });

  it('never cross the border of the answer', () => {
    const { gone, come } = aligned(['One sentence. Another one. Yes.', ''], ['One sentence. Another one.', ' Yes.']);
    expect([gone, come]).toEqual([['Yes.'], ['Yes.']]);
  });

  it('are pairs word by word', () => {
    expect(aligned(['Dish: green soup today', ''], ['Dish: hot green soup', ''], 'words')).toEqual({
      pairs: same('Dish:', 'green', 'soup'),
      gone: ['today'],
      come: ['hot'],
    });
  });
});
