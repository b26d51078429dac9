import { beforeEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { Stage } from '../../../helpers/stage.js';

const LINES = 120;
let stage: Stage;

beforeEach(async () => {
  stage = new Stage();
  await stage.open(Array.from({ length: LINES }, (_, i) => `line${String(i)}.\n`).join(''), 'The answer.');
});

async function frames(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

/** Where the strip is painted, as shares of its height. */
function marks(): number[] {
  const canvas = stage.part('seqsal-overview').renderRoot.querySelector('canvas');
  const pixels = canvas?.getContext('2d')?.getImageData(0, 0, 1, canvas.height).data ?? [];
  const height = pixels.length / 4;
  return Array.from({ length: height }, (_, y) => y)
    .filter((y) => (pixels[4 * y + 3] ?? 0) > 0)
    .map((y) => y / height);
}

it('brings the answer after a long prompt into view', async () => {
  await frames();
  const text = stage.part('seqsal-text');
  const { bottom } = stage.segment('The answer.').getBoundingClientRect();
  expect(text.scrollTop).toBeGreaterThan(0);
  expect(bottom).toBeLessThanOrEqual(text.getBoundingClientRect().bottom);
});

it('is visible only while there is heat', async () => {
  await frames();
  expect(stage.part('seqsal-overview').checkVisibility({ visibilityProperty: true })).toBe(false);
  stage.segment('The answer.').click();
  await stage.score(() => 1);
  await frames();
  expect(stage.part('seqsal-overview').checkVisibility({ visibilityProperty: true })).toBe(true);
});

it('marks the heat and the selection', async () => {
  stage.segment('The answer.').click();
  await stage.score((i) => (i === LINES / 2 ? 1 : 0));
  await frames();
  const [middle, ...rest] = marks();
  expect(middle).toBeCloseTo(0.5, 1);
  expect(rest.at(-1)).toBeGreaterThan(0.9);
});

it('scrolls to where it is clicked', async () => {
  stage.segment('The answer.').click();
  await stage.score(() => 1);
  await frames();
  const strip = stage.part('seqsal-overview');
  const { left, top } = strip.getBoundingClientRect();
  strip.dispatchEvent(new MouseEvent('click', { clientX: left + 4, clientY: top + 1 }));
  await expect.poll(() => stage.part('seqsal-text').scrollTop).toBe(0);
});

describe('to the keyboard', () => {
  beforeEach(async () => {
    stage.segment('The answer.').click();
    await stage.score(() => 1);
    await frames();
  });

  it('is a scroll bar of the text', async () => {
    const [strip, text] = [stage.part('seqsal-overview'), stage.part('seqsal-text')];
    strip.focus();
    expect(getComputedStyle(strip).outlineStyle).toBe('solid');
    await userEvent.keyboard('{Home}');
    await expect.poll(() => strip.ariaValueNow).toBe('0');
    expect(text.scrollTop).toBe(0);
    await userEvent.keyboard('{PageDown}');
    expect(text.scrollTop).toBeCloseTo(0.9 * text.clientHeight, -1);
    await userEvent.keyboard('{PageUp}{ArrowDown}');
    expect(text.scrollTop).toBeCloseTo(0.2 * text.clientHeight, -1);
    await userEvent.keyboard('{End}');
    await expect.poll(() => strip.ariaValueNow).toBe('100');
  });

  it('names what it scrolls', () => {
    const strip = stage.part('seqsal-overview');
    expect(strip.role).toBe('scrollbar');
    const controlled = stage.view.renderRoot.querySelector(`#${strip.getAttribute('aria-controls') ?? ''}`);
    expect(controlled).toBe(stage.part('seqsal-text'));
  });
});

it('scrolls with a drag', async () => {
  stage.segment('The answer.').click();
  await stage.score(() => 1);
  await frames();
  const [strip, text] = [stage.part('seqsal-overview'), stage.part('seqsal-text')];
  const { left, top, height } = strip.getBoundingClientRect();
  for (const share of [0.2, 0.5]) {
    const at = { clientX: left + 5, clientY: top + share * height };
    strip.dispatchEvent(new PointerEvent('pointermove', { ...at, buttons: 1, bubbles: true, composed: true }));
    expect(text.scrollTop + text.clientHeight / 2).toBeCloseTo(share * text.scrollHeight, -1);
  }
});

it('follows the text after the view is moved on the page', async () => {
  stage.segment('The answer.').click();
  await stage.score(() => 1);
  await frames();
  const [strip, text] = [stage.part('seqsal-overview'), stage.part('seqsal-text')];
  const parent = document.createElement('div');
  document.body.append(parent);
  parent.append(stage.view);
  await frames();
  expect(strip.ariaValueNow, 'a moved element scrolls to its top').toBe(text.scrollTop === 0 ? '0' : '100');
  text.scrollTop = text.scrollHeight / 2;
  await expect.poll(() => Number(strip.ariaValueNow)).toBeGreaterThan(30);
  text.scrollTop = 0;
  await expect.poll(() => strip.ariaValueNow).toBe('0');
  parent.remove();
});
