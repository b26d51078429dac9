import { describe, expect, it } from 'vitest';
import { wider } from '../../../../src/core/state/edit.js';
import { formatMessages } from '../../../../src/core/text/messages.js';
import { alignTokens } from '../../../../src/core/text/tokens.js';
import { chatTokens } from '../../../helpers/hand-host.js';
import { tokenized } from '../../../helpers/texts.js';

const PROMPT = '\nOne two.\nThree.\n\nFour.\n\n\nFive. Six.\n';

function grown(part: string): string {
  const start = PROMPT.indexOf(part);
  const { start: from, end } = wider(tokenized([PROMPT, ' Yes.'], PROMPT), { start, end: start + part.length });
  return PROMPT.slice(from, end);
}

describe('a wider place', () => {
  it('is the paragraph around it', () => {
    expect(grown('two')).toBe('One two.\nThree.');
    expect(grown('Six.')).toBe('Five. Six.');
  });

  it('is all paragraphs that it touches', () => {
    expect(grown('Three.\n\nFo')).toBe('One two.\nThree.\n\nFour.');
  });

  it('is the whole prompt for whole paragraphs, without the white space around it', () => {
    expect(grown('Four.')).toBe(PROMPT.trim());
    expect(grown(PROMPT.trim())).toBe(PROMPT.trim());
  });

  it('stays in its message', () => {
    const prompt = formatMessages([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'One.\n\nTwo. Three.' },
    ]);
    const { tokens, special, ids, messages } = chatTokens({ prompt, target: ' Yes.' });
    const text = alignTokens(tokens, special, prompt, ' Yes.', ids, messages);
    const widened = (chars: { start: number; end: number }): string => {
      const { start, end } = wider(text, chars);
      return text.text.slice(start, end);
    };
    const start = text.text.indexOf('Three.');
    const paragraph = { start: text.text.indexOf('Two.'), end: start + 6 };
    expect(widened({ start, end: start + 6 })).toBe('Two. Three.');
    expect(widened(paragraph)).toBe('One.\n\nTwo. Three.');
  });
});
