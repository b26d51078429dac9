import { describe, expect, it } from 'vitest';
import { formatMessages, promptWith } from '../../../../src/core/text/messages.js';

describe('a prompt with another text in place of a part', () => {
  it('is the text around the part, and the new one', () => {
    expect(promptWith('One two. Three.', { start: 9, end: 15 }, 'Four.\nFive.')).toBe('One two. Four.\nFive.');
  });

  it('stays a plain prompt when its first line comes to look like a role', () => {
    expect(promptWith('Hi\nthere', { start: 0, end: 2 }, 'user:')).toBe('\\user:\nthere');
    expect(promptWith('\\user:\nthere', { start: 6, end: 11 }, 'here')).toBe('\\user:\nhere');
  });

  it('keeps its messages, also one that becomes empty or looks like a role', () => {
    const prompt = formatMessages([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Who came?' },
    ]);
    const [system, user] = [
      { start: 0, end: 9 },
      { start: 13, end: 17 },
    ];
    expect(promptWith(prompt, user, 'left', true)).toBe('system:\nBe brief.\n\nuser:\nWho left?');
    expect(promptWith(prompt, system, '', true)).toBe('system:\n\n\nuser:\nWho came?');
    expect(promptWith(prompt, system, 'user:', true)).toBe('system:\n\\user:\n\nuser:\nWho came?');
  });

  it('changes one message only, where a part reaches to the start of the next', () => {
    const prompt = formatMessages([
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Two' },
      { role: 'user', content: 'Six' },
    ]);
    expect(promptWith(prompt, { start: 3, end: 6 }, 'Ten', true)).toBe('user:\nOne\n\nassistant:\nTen\n\nuser:\nSix');
  });

  it('counts from the text that the model read', () => {
    const prompt = formatMessages([{ role: 'assistant', content: '(hidden)Shown here' }]);
    expect(promptWith(prompt, { start: 6, end: 10 }, 'there', true, [{ start: 0, end: 8 }])).toBe(
      'assistant:\n(hidden)Shown there',
    );
  });
});
