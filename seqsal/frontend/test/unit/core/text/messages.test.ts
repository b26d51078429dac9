import { describe, expect, it, test } from 'vitest';
import type { Unit } from '../../../../src/core/text/boundaries.js';
import {
  asMessage,
  formatMessages,
  labelsOf,
  parseMessages,
  plainPrompt,
  plainText,
  promptWithout,
  readMessages,
} from '../../../../src/core/text/messages.js';
import { segmentTokens } from '../../../../src/core/text/segments.js';
import { alignTokens } from '../../../../src/core/text/tokens.js';
import type { TokenizedText } from '../../../../src/core/text/tokens.js';
import conversations from '../../../fixtures/conversations.json';
import cases from '../../../fixtures/messages.json';
import { by } from '../../../helpers/texts.js';

// Python reads the same cases, in tests/shared/test_messages.py.
test.each(cases)('$name', ({ prompt, messages, written, text }) => {
  const found = parseMessages(prompt);
  if (messages === undefined) {
    expect(found).toBeNull();
    expect(plainText(prompt)).toBe(text);
    expect(plainPrompt(text)).toBe(prompt);
  } else {
    expect(
      found?.map(({ role, content, reference }) => [role, content, ...(reference === undefined ? [] : [reference])]),
    ).toEqual(messages);
    expect(formatMessages(found ?? [])).toBe(written ?? prompt);
  }
});

function conversation(name: string): TokenizedText {
  const given = conversations.find((each) => each.name === name);
  if (given === undefined) throw new Error(`There is no conversation ${name}.`);
  const special = given.tokens.map((_, i) => given.special.includes(i));
  const messages = readMessages(given.messages.map(([role, ...tokens]) => ({ role, tokens })));
  return alignTokens(given.tokens, special, 'user:', given.target, [], messages);
}

// Python cuts the same texts, in tests/results/segmentation.
test.each(conversations)('messages are cut one by one: $name', ({ name, segments, target }) => {
  const tokens = conversation(name);
  expect(tokens.matched).toBe(false);
  expect(tokens.text.slice(tokens.promptLength)).toBe(target);
  for (const [unit, expected] of Object.entries(segments)) {
    const found = segmentTokens(tokens, by(unit as Unit)).filter(({ special }) => !special);
    expect(
      found.map(({ text }) => text),
      unit,
    ).toEqual(expected);
  }
});

test('a plain prompt becomes a message of the user', () => {
  expect(asMessage('Hi\nuser:')).toBe('user:\nHi\n\\user:');
  expect(asMessage('\\user:')).toBe('user:\n\\user:');
});

test('a plain prompt is read without the backslash before a role', () => {
  const aligned = alignTokens(['user:', '\n', 'Hi', '!'], [], '\\user:\nHi', '!');
  expect([aligned.text, aligned.promptLength, aligned.matched]).toEqual(['user:\nHi!', 8, false]);
  // Another server reads it as it is.
  expect(alignTokens(['\\user:', '!'], [], '\\user:', '!').text).toBe('\\user:!');
});

test('documents and calls of tools have numbers', () => {
  expect(
    labelsOf((['document', 'user', 'document', 'calls', 'tool', 'calls'] as const).map((role) => ({ role }))),
  ).toEqual(['Document 1', 'User', 'Document 2', 'Call 1', 'Tool', 'Call 2']);
});

test('what is no message is left out', () => {
  expect(readMessages(undefined)).toEqual([]);
  expect(readMessages([{ role: 'user', tokens: [1, 2] }, { role: 'bot', tokens: [1, 2] }, { role: 'user' }])).toEqual([
    { role: 'user', tokens: { start: 1, end: 2 } },
  ]);
});

describe('a prompt without segments', () => {
  const prompt = 'tools:\n[]\n\nsystem:\nBe brief.\n\nuser:\n1. Read. <document>A. B.</document>\n\nWho? Why?';
  const segments = segmentTokens(conversation('a chat with a document'), by('messages')).filter(
    (each) => !each.special,
  );

  it('closes the gap within a message', () => {
    expect(promptWithout(prompt, segments.slice(2, 3), true)).toBe(
      'tools:\n[]\n\nsystem:\nBe brief.\n\nuser:\n1. Read.Who? Why?',
    );
  });

  it('loses a message of which nothing is left', () => {
    expect(promptWithout(prompt, segments.slice(0, 1), true)).toBe(
      'tools:\n[]\n\nuser:\n1. Read. <document>A. B.</document>\n\nWho? Why?',
    );
    expect(promptWithout(prompt, segments, true)).toBe('');
  });

  it('loses whole calls of tools', () => {
    const [first, second] = ['{"name": "a", "arguments": {"x": "}{"}}', '{"name": "b", "arguments": {}}'];
    const calls = `user:\nGo.\n\ncalls:\n[${first},\n ${second}]\n\ntool:\n1`;
    const found = segmentTokens(conversation('calls of tools'), by('words')).filter((each) => !each.special);
    expect(found.map(({ text }) => text).join('')).toBe(`Go.[${first},\n ${second}]1`);
    const cut = (text: string) =>
      promptWithout(
        calls,
        found.filter((each) => each.text.includes(text)),
        true,
      );
    expect(cut('Go')).toBe(calls.replace('user:\nGo.\n\n', ''));
    expect(cut('"x"')).toBe(`user:\nGo.\n\ncalls:\n[${second}]\n\ntool {"name": "a"}:\n1`);
    expect(cut('"b"')).toBe(`user:\nGo.\n\ncalls:\n[${first}]\n\ntool:\n1`);
    expect(cut('"name"')).toBe('user:\nGo.\n\ntool {"name": "a"}:\n1');
  });

  it('keeps its backslash if it is plain', () => {
    const plain = segmentTokens(alignTokens(['user:', '\n', 'Hi'], [], '\\user:\nHi', ''), by('tokens'));
    expect(promptWithout('\\user:\nHi', plain.slice(2))).toBe('\\user:\n');
  });
});
