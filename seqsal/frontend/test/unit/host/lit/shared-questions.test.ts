import { describe, expect, it } from 'vitest';
import type { Question } from '../../../../src/core/state/question.js';
import { SharedQuestions } from '../../../../src/host/lit/shared-questions.js';

const QUESTION: Question = {
  source: 'response',
  text: 'Q A.',
  promptLength: 2,
  parts: [{ start: 2, end: 4 }],
  versus: null,
};
const CHILD = { id: 'b', data: {}, meta: { parentId: 'a' } };

describe('what was asked', () => {
  it('is asked again about the example, and about one that was made from it', () => {
    const questions = new SharedQuestions();
    questions.set('m', 'a', QUESTION);
    expect(questions.of('m', { id: 'a', data: {}, meta: {} })).toBe(QUESTION);
    expect(questions.of('m', CHILD)).toBe(QUESTION);
    expect(questions.of('m', { id: 'c', data: {}, meta: {} })).toBeNull();
    expect(questions.of('other', CHILD)).toBeNull();
  });

  it('is that of the example itself before that of its parent, until nothing is selected', () => {
    const questions = new SharedQuestions();
    const own = { ...QUESTION, text: 'Q B.' };
    questions.set('m', 'a', QUESTION);
    questions.set('m', 'b', own);
    expect(questions.of('m', CHILD)).toBe(own);
    questions.set('m', 'b', null);
    expect(questions.of('m', CHILD)).toBe(QUESTION);
  });

  it('is asked about a prompt that was there already once it is made again', () => {
    const questions = new SharedQuestions();
    questions.set('m', 'a', QUESTION);
    questions.set('m', 'c', { ...QUESTION, text: 'Q C.' });
    questions.handOn('a', 'c');
    expect(questions.of('m', { id: 'c', data: {}, meta: {} })).toBe(QUESTION);
    expect(questions.of('other', { id: 'c', data: {}, meta: {} })).toBeNull();
  });

  it('is forgotten for the example that was asked about longest ago, if there are many', () => {
    const questions = new SharedQuestions();
    for (let i = 0; i < 300; i++) questions.set('m', String(i), QUESTION);
    expect(questions.of('m', { id: '0', data: {}, meta: {} })).toBeNull();
    expect(questions.of('m', { id: '299', data: {}, meta: {} })).toBe(QUESTION);
  });
});
