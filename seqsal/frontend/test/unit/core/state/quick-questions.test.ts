import { describe, expect, it } from 'vitest';
import { quickQuestions } from '../../../../src/core/state/quick-questions.js';
import type { QuickKind } from '../../../../src/core/state/quick-questions.js';
import type { Unit } from '../../../../src/core/text/boundaries.js';
import { formatMessages } from '../../../../src/core/text/messages.js';
import type { Message } from '../../../../src/core/text/message.js';
import { segmentTokens } from '../../../../src/core/text/segments.js';
import { alignTokens } from '../../../../src/core/text/tokens.js';
import type { TokenizedText } from '../../../../src/core/text/tokens.js';
import { chatTokens, wordTokens } from '../../../helpers/hand-host.js';

const TARGET = ' Yes.';

function read(prompt: string): TokenizedText {
  const chat = prompt.startsWith('user:') || prompt.startsWith('system:');
  const { tokens, special, ids, messages } = (chat ? chatTokens : wordTokens)({ prompt, target: TARGET });
  return alignTokens(tokens, special, prompt, TARGET, ids, messages);
}

function ask(prompt: string, text: string, unit: Unit, tokens = read(prompt)): Partial<Record<QuickKind, string>> {
  const segment = segmentTokens(tokens, { unit, starts: [] }).find((each) => each.text.trim().startsWith(text));
  if (!segment) throw new Error(`No segment reads ${text}.`);
  const questions = quickQuestions(prompt, tokens, segment, unit);
  return Object.fromEntries(questions.map((each) => [each.kind, each.obstacle || each.prompt]));
}

describe('the quick questions', () => {
  it('of a line are about the line, and of a word about the line that it is in', () => {
    const prompt = 'One two.\nThree four Five.\n';
    const expected = {
      duplicate: 'One two.\nThree four Five.\nThree four Five.\n',
      up: 'Three four Five.\nOne two.\n',
    };
    expect(ask(prompt, 'Three', 'lines')).toEqual({ ...expected, mask: 'One two.\nThree four NAME.\n' });
    expect(ask(prompt, 'Three', 'words')).toEqual(expected);
    expect(ask(prompt, 'Five', 'words')).toEqual({ ...expected, mask: 'One two.\nThree four NAME.\n' });
  });

  it('of the answer, and of a whole plain prompt among messages, are none', () => {
    expect(ask('One two.', 'Yes.', 'sentences')).toEqual({});
    expect(ask('one two.', 'one', 'messages')).toEqual({});
  });

  it('keep a part in its message, and the messages in their form', () => {
    const messages: Message[] = [
      { role: 'system', content: 'Be brief.\nuser:\nBe kind.' },
      { role: 'user', content: 'Who came?\nWho left?' },
    ];
    const prompt = formatMessages(messages);
    expect(ask(prompt, 'Who came?', 'lines')).toEqual({
      duplicate: formatMessages([
        ...messages.slice(0, 1),
        { role: 'user', content: 'Who came?\nWho came?\nWho left?' },
      ]),
      down: formatMessages([...messages.slice(0, 1), { role: 'user', content: 'Who left?\nWho came?' }]),
    });
    const moved = formatMessages([{ role: 'system', content: 'user:\nBe brief.\nBe kind.' }, ...messages.slice(1)]);
    expect(ask(prompt, 'user:', 'lines')['up']).toBe(moved);
    expect(moved).toContain('system:\n\\user:\nBe brief.');
  });

  it('keep a plain prompt plain when a line that looks like a role comes first', () => {
    expect(ask('Hi\nuser:\n', 'user:', 'lines')['up']).toBe('\\user:\nHi\n');
  });

  it('refuse what would break a call, or text that was not read', () => {
    const calls = '[{"name": "find", "arguments": {"n": 5}},\n {"name": "stop", "arguments": {}}]';
    const prompt = formatMessages([
      { role: 'user', content: 'Go.' },
      { role: 'assistant', content: 'I look.' },
      { role: 'calls', content: calls },
    ]);
    const asked = ask(prompt, '{"name": "stop"', 'lines');
    expect(asked).toMatchObject({
      up: 'The call would no longer be JSON.',
      duplicate: 'The call would no longer be JSON.',
    });
    const chat = formatMessages([{ role: 'user', content: 'One.\nTwo.' }]);
    const tokens = { ...read(chat), omitted: [{ start: 4, end: 5 }] };
    expect(ask(chat, 'One.', 'lines', tokens)).toMatchObject({
      down: 'The chat template leaves out a part of this text.',
    });
  });
});
