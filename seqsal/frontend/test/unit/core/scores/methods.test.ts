import { describe, expect, it, test } from 'vitest';
import {
  BUILT_IN,
  describeMethods,
  familyOf,
  isCheap,
  isSigned,
  readMethod,
} from '../../../../src/core/scores/methods.js';
import builtIn from '../../../../../shared/methods.json';
import { ABLATION, CONTRAST, GRADIENTS } from '../../../helpers/methods.js';

describe('a description of a method', () => {
  it('is read without unknown fields', () => {
    expect(readMethod({ ...CONTRAST, colour: 'red' })).toEqual(CONTRAST);
    expect(readMethod({ ...CONTRAST, signed: null })).toEqual({ ...CONTRAST, signed: null });
  });

  test.each([
    ['no object', 'contrast'],
    ['a list', [CONTRAST]],
    ['no name', { ...CONTRAST, name: '' }],
    ['no label', { ...CONTRAST, label: undefined }],
    ['a version in words', { ...CONTRAST, version: 'three' }],
    ['a sign that is no answer', { ...CONTRAST, signed: 'yes' }],
    ['scores of something else', { ...CONTRAST, scores: 'layers' }],
    ['no cost', { ...CONTRAST, cost: undefined }],
    ['a cost below zero', { ...CONTRAST, cost: { ...CONTRAST.cost, forward: -1 } }],
    ['a cost of something else', { ...CONTRAST, cost: { ...CONTRAST.cost, per: 'token' } }],
    ['no family', { ...CONTRAST, family: null }],
  ])('with %s is invalid', (_, value) => {
    expect(readMethod(value)).toBeNull();
  });
});

describe('the built-in methods', () => {
  it('are those of the shared file, with help in one line', () => {
    expect(BUILT_IN).toEqual(builtIn);
    expect(BUILT_IN.every(({ help }) => /^[^\n]+\.$/.test(help))).toBe(true);
  });
});

describe('names of methods', () => {
  it('are described by the given descriptions, else the built-in ones, else by themselves', () => {
    const own = { ...CONTRAST, name: 'grad_l2', label: 'Own' };
    const [first, second, third] = describeMethods(['grad_l2', 'grad_dot_input', 'someones'], [own]);
    expect(first).toEqual(own);
    expect(second).toEqual(GRADIENTS[1]);
    expect(third).toMatchObject({ name: 'someones', label: 'someones', signed: null, family: '' });
    expect(readMethod(third)).toEqual(third);
  });
});

describe('a family', () => {
  const methods = [...GRADIENTS, CONTRAST, ABLATION];
  test.each([
    ['grad_dot_input', ['grad_l2', 'grad_dot_input']],
    ['contrast', ['contrast']],
    ['nothing', []],
    [null, []],
  ])('of %s', (name, family) => {
    expect(familyOf(methods, name)).toEqual(family);
  });
});

test.each([
  ['that says so', CONTRAST, [1], true],
  ['that says it has none', { ...CONTRAST, signed: false }, [-1], false],
  ['that does not know, with a score below zero', { ...CONTRAST, signed: null }, [1, -1], true],
  ['that does not know, without', { ...CONTRAST, signed: null }, [1, 0], false],
  ['that is not there', null, [], false],
])('the sign of a method %s', (_, method, scores, signed) => {
  expect(isSigned(method, scores)).toBe(signed);
});

test('a method is cheap with a pass or two for a selection', () => {
  expect(
    [...GRADIENTS, CONTRAST, ABLATION, { ...CONTRAST, cost: { ...CONTRAST.cost, backward: 16 } }].map(isCheap),
  ).toEqual([true, true, true, false, false]);
});
