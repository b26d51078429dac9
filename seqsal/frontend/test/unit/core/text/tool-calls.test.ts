import { expect, test } from 'vitest';
import { parseMessages, promptWithout } from '../../../../src/core/text/messages.js';
import { segmentTokens } from '../../../../src/core/text/segments.js';
import { callsIn } from '../../../../src/core/text/tool-calls.js';
import { alignTokens } from '../../../../src/core/text/tokens.js';
import cases from '../../../fixtures/removed_calls.json';
import { by } from '../../../helpers/texts.js';

// Python checks in tests/shared/test_tool_calls.py that each result still answers the same call.
test.each(cases)('results answer the same calls without $name', ({ prompt, tokens, removed, left }) => {
  const messages = tokens.map((_, i) => ({ role: 'user' as const, tokens: { start: i, end: i + 1 } }));
  const text = alignTokens(tokens, [], prompt, '', [], messages);
  const segments = segmentTokens(text, by('tokens')).filter((each) => removed.includes(each.text));
  expect(segments).toHaveLength(removed.length);
  expect(promptWithout(prompt, segments, true)).toBe(left);
});

test('calls that cannot be read have no names', () => {
  const prompt = 'user:\nGo.\n\ncalls:\n[{a}, {b}]\n\ntool:\n1';
  expect(parseMessages(prompt)).toHaveLength(3);
  const tokens = ['Go.', '[{a}, ', '{b}]', '1'];
  const messages = tokens.map((_, i) => ({ role: 'user' as const, tokens: { start: i, end: i + 1 } }));
  const segments = segmentTokens(alignTokens(tokens, [], prompt, '', [], messages), by('tokens'));
  expect(promptWithout(prompt, segments.slice(1, 2), true)).toBe('user:\nGo.\n\ncalls:\n[{b}]\n\ntool {}:\n1');
});

test('calls are the objects of a list', () => {
  const text = '[{"name": "a", "arguments": {"x": "}{\\""}}, {"name": "b", "arguments": {}}]';
  const found = callsIn(text).map(({ start, end }) => JSON.parse(text.slice(start, end)) as { readonly name: string });
  expect(found.map(({ name }) => name)).toEqual(['a', 'b']);
});
