import { beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { CheckHost, newest, settled } from '../../../helpers/hand-host.js';
import { ABLATION, CONTRAST, GRADIENTS, LIME } from '../../../helpers/methods.js';
import { Stage } from '../../../helpers/stage.js';

const SENTENCES = ['One.', 'Two.', 'Three.', 'Four.', 'Five.', 'Six.'];

let host: CheckHost;
let stage: Stage;

beforeEach(async () => {
  await open(new CheckHost([...GRADIENTS, ABLATION, CONTRAST]));
});

async function open(given: CheckHost): Promise<void> {
  host = given;
  stage = new Stage(host);
  await stage.open(SENTENCES.join(' '), ' The answer.');
}

/** The token of sentence i is token i + 1: the first has the highest score. */
async function explain(): Promise<void> {
  stage.segment('The answer.').click();
  await stage.score((i) => (i === 0 ? 0 : 10 - i));
}

async function press(name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name, exact: typeof name === 'string' }).click();
  await stage.drawn();
}

/** Runs a check in which removing sentence `cause` costs most (null: none does), and several together `together`. */
async function check(cause: number | null, together = 4): Promise<void> {
  await press('Check by removing');
  await host.answerCheck((removed) => {
    const [first] = removed;
    if (removed.length > 1 || (first && first.end - first.start > 1)) return together;
    if (cause === null) return 0;
    return first?.start === cause + 1 ? 4 : 0.2 * (7 - (first?.start ?? 0));
  });
  await stage.drawn();
}

function findings(): string {
  return stage.part('seqsal-findings').renderRoot.textContent.replaceAll(/\s+/g, ' ').trim();
}

function bars(): HTMLElement[] {
  return [...stage.part('seqsal-ranking').renderRoot.querySelectorAll<HTMLElement>('li .bar.removal')];
}

describe('the check', () => {
  it('is offered once there is a map, by a host that can remove segments', async () => {
    const button = page.getByRole('button', { name: 'Check by removing' });
    expect(button.elements()).toHaveLength(0);
    await explain();
    await expect.element(button).toBeVisible();
  });

  it('adds a bar to each segment as results arrive, in words', async () => {
    await explain();
    await press('Check by removing');
    host.effect(0, Math.log(40));
    await stage.drawn();
    expect(bars().map((bar) => bar.ariaLabel)).toEqual(['Without it the selection is 40 times less likely.']);
    await expect.element(page.getByText(/Removing segments: 1 of/)).toBeVisible();
    await press('Stop');
    await expect.element(page.getByText(/The check is not complete/)).toBeVisible();
    expect(bars()).toHaveLength(1);
  });

  it('says that map and removals agree, and compares with others at random', async () => {
    await explain();
    await check(0);
    expect(findings()).toMatch(/Map and removals agree \(rank correlation 1\.00\) on what matters most: “One\.”\./);
    expect(findings()).toMatch(/Without the strongest 3 of the map together the selection is 55 times less likely/);
    expect(page.getByRole('button', { name: 'Check by removing' }).elements()).toHaveLength(0);
  });

  it('says where the map has another segment first, and offers the map of removals', async () => {
    await explain();
    await check(1);
    expect(findings()).toContain('Map and removals partly agree');
    expect(findings()).toContain(
      'removing “Two.” costs most, and it is number 2 on the map. Without its number 1, “One.”, the selection is ',
    );
    await press('Colour by removal');
    expect(stage.painted()).toContain('Two.');
  });

  it('says plainly that they disagree, and offers the map of removals', async () => {
    await explain();
    await check(5);
    expect(findings()).toContain('Map and removals disagree');
    expect(findings()).toContain('removing “Six.” costs most, and it is number 6 on the map.');
    await press('Colour by removal');
    expect(stage.painted()).toContain('Six.');
    expect(findings()).toContain('“Grad L2” and removals disagree');
  });

  it('that disagrees offers the words of a longer selection', async () => {
    await explain();
    await check(5);
    const link = page.getByRole('button', { name: 'Select single words' });
    expect(link.elements(), 'the selection has two words').toHaveLength(0);
    stage = new Stage(host);
    await stage.open(SENTENCES.join(' '), ' The answer is right here.');
    stage.segment('The answer is right here.').click();
    await stage.score((i) => (i === 0 ? 0 : 10 - i));
    await check(5);
    await link.click();
    await stage.drawn();
    expect(stage.store.snapshot.state).toMatchObject({
      granularity: { unit: 'words' },
      selection: [{ start: 7, end: 12 }],
    });
    expect(link.elements()).toHaveLength(0);
  });

  it('says that the strongest may hide each other, and offers to keep only them', async () => {
    await explain();
    await check(0, 12);
    expect(findings()).toContain('they may say the same thing and hide each other.');
    await press('Keep only the strongest');
    expect(host.added).toEqual(['One. Two. Three.']);
  });

  it.each([
    ['agrees with the map', 0, 4],
    ['disagrees', 5, 4],
    ['finds no effect', null, 0],
    ['finds that the strongest hide each other', 0, 12],
  ])('that %s offers to look for segments that hide each other', async (_, cause, together) => {
    await open(new CheckHost([...GRADIENTS, ABLATION, CONTRAST, LIME]));
    await explain();
    await check(cause, together);
    await press('Keep only the strongest');
    expect(host.added).toEqual(['One. Two. Three.']);
    const rows = stage.part('seqsal-findings').renderRoot.querySelectorAll('.row');
    expect(rows, 'the links have no row of their own').toHaveLength(together === 12 ? 3 : 2);
    await press('Colour by Random removals');
    const { input } = newest(host.saliences);
    expect(input).toMatchObject({ methods: ['lime'], segments: { length: SENTENCES.length } });
    await stage.score((i) => i, 'lime');
    expect(page.getByRole('button', { name: 'Colour by Random removals' }).elements()).toHaveLength(0);
  });

  it('offers no map of random removals of a model that has none, and nothing for three segments', async () => {
    await explain();
    await check(0);
    expect(page.getByRole('button', { name: 'Keep only the strongest' }).elements()).toHaveLength(1);
    expect(page.getByRole('button', { name: /^Colour by/ }).elements()).toHaveLength(0);
    await stage.open('One. Two. Three.', ' The answer.');
    await explain();
    await check(0);
    expect(findings()).toContain('Map and removals agree');
    expect(page.getByRole('button', { name: 'Keep only the strongest' }).elements()).toHaveLength(0);
  });

  it('is not possible without text before the selection, and the button says why', async () => {
    stage.segment('One.').click();
    await stage.score(() => 0);
    const button = page.getByRole('button', { name: 'Check by removing' });
    await expect.element(button).toBeDisabled();
    const reason = 'There is no text before the selection that could be removed.';
    await expect.element(button).toHaveAttribute('title', reason);
  });

  it('is not possible with a single segment, and the button says why', async () => {
    await stage.open('Only one.', ' The answer.');
    await explain();
    const button = page.getByRole('button', { name: 'Check by removing' });
    await expect.element(button).toBeDisabled();
    await expect.element(button).toHaveAttribute('title', expect.stringContaining('only one segment'));
  });
});

describe('the menu of a segment', () => {
  it('removes it and shows both prompts, by mouse and by keyboard', async () => {
    await userEvent.click(stage.segment('Two.'), { button: 'right' });
    const item = page.getByRole('menuitem', { name: /Remove and run/ });
    await item.click();
    expect(host.added).toEqual(['One. Three. Four. Five. Six.']);
    stage.segment('The answer.').focus();
    await userEvent.keyboard('{Home}m');
    const change = page.getByRole('menuitem', { name: /Change/ });
    await expect.poll(() => change.element().matches(':focus')).toBe(true);
    await userEvent.keyboard('{ArrowDown}');
    expect(item.element().matches(':focus')).toBe(true);
    await userEvent.keyboard('{ArrowDown}{ArrowUp}{Enter}');
    expect(host.added[1]).toBe(' Two. Three. Four. Five. Six.');
  });

  it('does not empty the prompt', async () => {
    await stage.open('Only one.', ' The answer.');
    await userEvent.click(stage.segment('Only one.'), { button: 'right' });
    await expect.element(page.getByRole('menuitem', { name: /would be empty/ })).toBeDisabled();
  });
});

describe('a contrast', () => {
  it('with a typed text has the white space of the selection, and says what the colours mean', async () => {
    await explain();
    await press('Compare');
    await userEvent.keyboard('Another.{Enter}');
    const { input, resolve } = newest(host.contrasts);
    expect(input.versus).toEqual({ text: ' Another.', token: null });
    resolve({ scores: { grad_dot_input: [], grad_l2: input.targetMask.map(() => 1) }, logprobs: [-1, -3] });
    await settled();
    await expect.element(page.getByText('These two cannot be compared', { exact: false })).toBeVisible();
    await expect.element(page.getByPlaceholder('another text in its place')).toHaveValue('Another.');
  });

  it('with an alternative is one click in the answer, and ends with another', async () => {
    await press('How sure was the model?');
    newest(host.sureties).resolve([null, null, null, null, null, null, null, -0.1, -2]);
    await stage.drawn();
    stage.segment('The answer.').focus();
    await userEvent.keyboard('a');
    expect(newest(host.alternativeCalls).input.position).toBe(7);
    newest(host.alternativeCalls).resolve([
      { id: 4, text: ' Das', logprob: -0.5 },
      { id: 5, text: ' A', logprob: -2 },
    ]);
    await stage.drawn();
    await page.getByRole('button', { name: /Das/ }).click();
    const { input, resolve } = newest(host.contrasts);
    expect(input.versus).toEqual({ text: ' Das', token: 4 });
    const scores = input.targetMask.map((_, i) => (i < 7 ? 1 : 0));
    resolve({ scores: { grad_l2: scores, grad_dot_input: scores }, logprobs: [-0.1, -0.5] });
    await stage.drawn();
    expect(findings()).toMatch(/Why “The” and not “Das”\? The first is 1\.5 times as likely \(90.% against 61.%\)\./);
    await press('End the comparison');
    expect(findings()).toBe('');
  });
});
