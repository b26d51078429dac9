import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ResultCollector } from '../../../../src/core/analysis/results.js';
import { INITIAL } from '../../../../src/core/analysis/settings.js';
import type { AnalysisAction, StartedAnalysis } from '../../../../src/core/analysis/shown.js';
import { BUILT_IN } from '../../../../src/core/scores/methods.js';
import '../../../../src/elements/aggregates/analysis.js';
import type { SeqsalAnalysis } from '../../../../src/elements/aggregates/analysis.js';

const INTERVALS = { share_low: 0.4, share_high: 0.6, even_share: 0.1, top3: 1, effect: null };
const LABELS = [
  { label: 'Dish', region: 'prompt', records: 2, share: 0.5, ...INTERVALS },
  { label: '(no label)', region: 'prompt', records: 1, share: 0.2, ...INTERVALS, top3: null },
];
const PART = { done: 3, of: 4, segments: 12, unlabelled: 5, ambiguous: 0, labels: LABELS };
const ERRORS = [{ record: 1, message: 'The prompt has 9000 tokens.' }];

let analysis: SeqsalAnalysis;
let actions: AnalysisAction[];

function started(change: Partial<StartedAnalysis> = {}, part: object = {}): StartedAnalysis {
  const collector = new ResultCollector(4);
  collector.add({ ...PART, errors: ERRORS, ...part });
  const none = { place: 0, lost: false, started: Date.now(), problem: null };
  return { phase: 'running', settings: INITIAL, results: collector.results, ...none, ...change };
}

async function show(properties: Partial<SeqsalAnalysis> = {}): Promise<void> {
  actions = [];
  analysis = document.createElement('seqsal-analysis');
  const names = (index: number): string => `${String(index)}: quiche`;
  Object.assign(analysis, { methods: BUILT_IN, counts: { all: 14, selected: 2 }, names, ...properties });
  analysis.addEventListener('seqsal-analysis', ({ detail }) => {
    actions.push(detail);
    if (detail.type === 'settings') analysis.settings = detail.settings;
  });
  document.body.append(analysis);
  await analysis.updateComplete;
}

afterEach(() => {
  analysis.remove();
});

function words(): string {
  return analysis.renderRoot.textContent.replaceAll(/\s+/g, ' ');
}

function form(): HTMLElement | ShadowRoot {
  const element = analysis.renderRoot.querySelector('seqsal-analysis-form');
  if (!element) throw new Error('There is no form.');
  return element.renderRoot as ShadowRoot;
}

describe('an analysis of many examples', () => {
  it('says what it is for, and runs by keys alone', async () => {
    await show();
    expect(words()).toContain('Which parts of the prompts do the answers depend on');
    await userEvent.tab();
    expect(form().querySelector('seqsal-choice')?.renderRoot.querySelector('select:focus')?.ariaLabel).toBe(
      'What is explained',
    );
    while (form().querySelector('.run:focus') === null) await userEvent.tab();
    await userEvent.keyboard('{Enter}');
    expect(actions).toEqual([{ type: 'run' }]);
  });

  it('asks for the texts that a rule needs, and shows what is wrong with them where they are typed', async () => {
    await show();
    await page.getByRole('combobox', { name: 'What is explained' }).selectOptions('pattern');
    await page.getByRole('combobox', { name: 'Labels' }).selectOptions('template');
    await page.getByLabelText('Expression for what is explained').fill('(');
    await page.getByLabelText('Template', { exact: true }).fill('Dish: {dish}');
    expect(analysis.settings).toMatchObject({ select: 'pattern', selectPattern: '(', labels: 'template' });
    expect(analysis.settings.template).toBe('Dish: {dish}');
    const problem = { setting: 'select', reason: 'missing ) at position 0' } as const;
    analysis.started = started({ phase: 'failed', settings: analysis.settings, problem });
    await expect.element(page.getByText('missing ) at position 0')).toBeVisible();
    expect(form().querySelector('.expression')?.getAttribute('aria-invalid')).toBe('true');
    expect(words(), 'What was there before is kept.').toContain('A click on a label');
    await page.getByLabelText('Expression for what is explained').fill('(a)');
    await expect.element(page.getByText('missing ) at position 0')).not.toBeInTheDocument();
    await page.getByRole('combobox', { name: 'Labels' }).selectOptions('pattern');
    await page.getByLabelText('Expression for labels').fill('(?P<a>b)');
    expect(analysis.settings).toMatchObject({ labelPattern: '(?P<a>b)', template: 'Dish: {dish}' });
  });

  it('runs over all or over the selected examples, and not over none', async () => {
    await show({ counts: { all: 14, selected: 0 }, scope: 'selected' });
    await expect.element(page.getByRole('button', { name: 'Run over 0 examples' })).toBeDisabled();
    await expect.element(page.getByText('No example is selected')).toBeVisible();
    await page.getByText('All 14').click();
    expect(actions).toEqual([{ type: 'scope', scope: 'all' }]);
    [analysis.scope, analysis.counts] = ['selected', { all: 14, selected: 1 }];
    await page.getByRole('button', { name: 'Run over 1 example' }).click();
    expect(actions.at(-1)).toEqual({ type: 'run' });
  });

  it('shows its progress with the bars so far, and is cancelled', async () => {
    await show({ started: started({ started: Date.now() - 58_000 }) });
    expect(words()).toContain('3 of 4 examples, 1 failed · about 20 seconds left');
    const progress = analysis.renderRoot.querySelector('progress');
    expect([progress?.value, progress?.max]).toEqual([3, 4]);
    expect(analysis.renderRoot.querySelector('seqsal-label-bars')?.rows).toEqual(LABELS);
    await expect.element(page.getByRole('button', { name: 'Run over' })).toBeDisabled();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(actions).toEqual([{ type: 'stop' }]);
    analysis.started = started({ place: 2 });
    await analysis.updateComplete;
    expect(words()).toContain('1 failed · place 2 in the queue');
    analysis.started = started({ lost: true });
    await analysis.updateComplete;
    expect(words()).toContain('1 failed · the server cannot be reached; the analysis goes on when it is back');
    analysis.started = started({ phase: 'stopped' });
    await analysis.updateComplete;
    expect(words()).toContain('Stopped: 2 examples analyzed, 1 failed of 4. What is done is kept');
  });

  it('counts what failed and has no label, and says when the settings have changed', async () => {
    await show({ started: started({ phase: 'done' }, { done: 4 }) });
    expect(words()).toContain('3 examples analyzed, 1 failed. 5 of 12 segments have no label.');
    expect(words()).not.toContain('The settings have changed');
    await page.getByText('1 example failed').click();
    await expect.element(page.getByText('The prompt has 9000 tokens.')).toBeVisible();
    await page.getByRole('button', { name: '1: quiche' }).click();
    await page.getByRole('button', { name: 'Select all that failed' }).click();
    expect(actions).toEqual(Array(2).fill({ type: 'show', indices: [1] }));
    analysis.settings = { ...INITIAL, granularity: 'words' };
    await analysis.updateComplete;
    expect(words()).toContain('The settings have changed since; run again.');
    analysis.started = started({ phase: 'done' }, { done: 4, unlabelled: 12 });
    await analysis.updateComplete;
    expect(words()).toContain('12 of 12 segments have no label. Choose other labels above.');
  });

  it('opens the reasons if every example failed', async () => {
    await show({ started: started({ phase: 'done' }, { done: 1, labels: [] }) });
    expect(words()).toContain('All examples failed.');
    await expect.element(page.getByText('The prompt has 9000 tokens.')).toBeVisible();
  });

  it('selects the examples of a label, and says which and how many', async () => {
    await show({ started: started({ phase: 'done' }) });
    await page.getByRole('button', { name: 'Dish' }).click();
    await page.getByRole('combobox', { name: 'A click on a label' }).selectOptions('all');
    expect(actions).toEqual([
      { type: 'choose', label: 'Dish', region: 'prompt' },
      { type: 'membership', membership: 'all' },
    ]);
    analysis.chosen = { label: 'Dish', region: 'prompt', count: 2 };
    await analysis.updateComplete;
    expect(words()).toContain('2 examples selected by “Dish”.');
    await expect.element(page.getByRole('button', { name: 'Dish' })).toHaveAttribute('aria-pressed', 'true');
    analysis.chosen = { label: 'Dish', region: 'prompt', count: 0 };
    await analysis.updateComplete;
    expect(words()).toContain('There is none for “Dish”; the selection is unchanged.');
  });

  it('without a server of seqsal says what is needed, and nothing else', async () => {
    await show({ problem: 'This needs a server of seqsal.' });
    expect(words().trim()).toBe('This needs a server of seqsal.');
  });

  it.each(['light', 'dark'] as const)('holds the rules of accessibility, %s', async (theme) => {
    const settings = { ...INITIAL, labels: 'template', select: 'pattern' } as const;
    const problem = { setting: 'labels', reason: 'The template does not fit.' } as const;
    await show({ theme, settings, started: started({ settings, problem, phase: 'failed' }) });
    for (const phase of ['failed', 'running', 'done'] as const) {
      analysis.started = started({ settings, problem: phase === 'failed' ? problem : null, phase });
      await analysis.updateComplete;
      const { violations } = await axe.run(analysis, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] });
      expect(
        violations.flatMap(({ help, nodes }) => nodes.map(({ html }) => `${help}: ${html.slice(0, 200)}`)),
      ).toEqual([]);
    }
  });
});
