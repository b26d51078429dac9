import { describe, expect, it } from 'vitest';
import { editBetween, promptOfEdit } from '../../../../src/core/state/edited-prompt.js';
import type { Edit } from '../../../../src/core/state/edit.js';
import { formatMessages } from '../../../../src/core/text/messages.js';
import type { Message } from '../../../../src/core/text/message.js';
import { alignTokens } from '../../../../src/core/text/tokens.js';
import type { TokenizedText } from '../../../../src/core/text/tokens.js';
import { chatTokens, wordTokens } from '../../../helpers/hand-host.js';

const MESSAGES: Message[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Who came? Who left?' },
];
const CHAT = formatMessages(MESSAGES);
const PLAIN = 'One two. Three.';

function read(prompt: string): TokenizedText {
  const { tokens, special, messages } = (prompt === CHAT ? chatTokens : wordTokens)({ prompt, target: ' Yes.' });
  return alignTokens(tokens, special, prompt, ' Yes.', [], messages);
}

describe('an edit from a changed prompt', () => {
  it.each([
    [PLAIN, 'One two. Four.'],
    [PLAIN, 'Zero. One two. Three.'],
    [PLAIN, '\\user:\nOne two. Three.'],
    [CHAT, CHAT.replace('left', 'stayed')],
    [CHAT, CHAT.replace('Be brief', 'Be very brief')],
  ])('of %j makes %j again', (prompt, next) => {
    const tokens = read(prompt);
    expect(promptOfEdit(prompt, tokens, editBetween(prompt, tokens, next, null))).toBe(next);
  });

  it('stays in the place of the present one, as long as nothing else differs', () => {
    const present: Edit = { chars: { start: 4, end: 8 }, text: 'x' };
    expect(editBetween(PLAIN, read(PLAIN), 'One two and. Three.', present)).toEqual({ ...present, text: 'two and.' });
    expect(editBetween(PLAIN, read(PLAIN), 'One two. Four.', present)?.chars).toEqual({ start: 9, end: 15 });
  });

  it('is none where one field cannot show it', () => {
    const more = formatMessages([...MESSAGES, { role: 'user', content: 'And?' }]);
    for (const next of [
      CHAT,
      more,
      CHAT.replace('brief', 'kind').replace('left', 'won'),
      CHAT.replace('system', 'user'),
      'Plain.',
    ]) {
      expect(editBetween(CHAT, read(CHAT), next, null)).toBeNull();
    }
    expect(editBetween(PLAIN, read(PLAIN), CHAT, null)).toBeNull();
  });

  it('knows what the model did not read', () => {
    const tokens = { ...read(CHAT), omitted: [{ start: 9, end: 13 }] };
    // "Who " was not read, so " came" starts at character 9 of the text.
    expect(editBetween(CHAT, tokens, CHAT.replace('left', 'won'), null)?.chars).toEqual({ start: 19, end: 24 });
    expect(editBetween(CHAT, tokens, CHAT.replace('Who came', 'What came'), null)).toBeNull();
  });

  it('that changes nothing is no changed prompt', () => {
    const chars = { start: 4, end: 8 };
    expect(promptOfEdit(PLAIN, read(PLAIN), { chars, text: 'two.' })).toBeNull();
    expect(promptOfEdit(PLAIN, read(PLAIN), null)).toBeNull();
  });
});
