import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { mountReport } from '../../../../src/host/saved/report.js';

const ROW = { region: 'prompt', records: 2, share: 0.5, share_low: 0.4, share_high: 0.6, even_share: 0.1 };
const REST = { excess: 0.4, top3: 1, effect: null, effect_low: null, effect_high: null };
const SHARED = {
  format: 'seqsal-salience',
  version: 1,
  methods: ['ablation'],
  view: { granularity: 'sentences' },
};
/** The segments of the run are not the sentences of the view. */
const RECORD = {
  prompt: 'Judge a dish. Is soup good?',
  target: ' Avoid.',
  source: 'target',
  selected: true,
  tokens: ['Judge', ' a', ' dish.', ' Is', ' soup', ' good?', ' Avoid.'],
  special_tokens_mask: [0, 0, 0, 0, 0, 0, 0],
  salience: [
    {
      selection: [[6, 7]],
      scores: ['ablation'],
      segments: {
        ablation: [
          [0, 2],
          [2, 6],
        ],
      },
    },
  ],
};

function report(change: object = {}, set: object = {}): unknown {
  const records = { numbers: [0, 1], lines: [1, 2], answers: ['Avoid.', 'Fine.'], outcomes: ['', ''] };
  const places = [
    [0, 0],
    [1, 0],
  ];
  const counts = { total: 9, segments: 4, unlabelled: 0, ambiguous: 0, choice: 'spread', tokens: true };
  return {
    format: 'seqsal-report',
    version: 1,
    granularity: 'sentences',
    settings: [['Explained part', 'answer']],
    errors: { total: 0, rows: [] },
    sets: [{ model: 'tiny', dataset: 'menu', ...counts, ...records, places, shared: SHARED, ...set }],
    groups: [
      {
        set: 0,
        model: 'tiny',
        dataset: 'menu',
        method: 'ablation',
        methodLabel: 'Removal',
        methodHelp: '',
        rows: [{ label: 'Judge a dish', ...ROW, ...REST }],
        shares: [[0.5, 0.25]],
        prompt: { record: 0, parts: [{ text: 'Judge a dish: soup.', row: 0, region: 'prompt' }] },
        outcomes: [],
        unused: null,
        versus: null,
      },
    ],
    ...change,
  };
}

/** The record as a chunk: its scores are 24 bits each, the highest byte of all first. */
async function chunk(record: object = RECORD): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify({ results: [record] }));
  const scores = Float32Array.from([3, 3, 0.5, 0.5, 0.5, 0.5, 0]);
  const bits = new Uint32Array(scores.buffer);
  const planes = [24, 16, 8].flatMap((shift) => Array.from(bits, (each) => (each >>> shift) & 255));
  const length = new Uint8Array(Uint32Array.of(text.length).buffer);
  const stream = new Blob([Uint8Array.from([...length, ...text, ...planes])]).stream();
  const packed = stream.pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}

let main: HTMLElement;

beforeEach(() => {
  location.hash = '';
  main = document.createElement('main');
  main.style.height = '600px';
  document.body.append(main);
});

afterEach(() => {
  main.remove();
  location.hash = '';
});

describe('a report', () => {
  it('says how many records can be opened', async () => {
    mountReport(main, report());
    await expect.element(page.getByText('9 records, of which 2 can be opened (an even spread)')).toBeVisible();
    await expect.element(page.getByText('2; the largest share first.')).toBeVisible();
  });

  it('says why a record cannot be read, and goes back', async () => {
    mountReport(main, report(), { readChunk: () => Promise.reject(new Error('a part of this page is missing.')) });
    await page.getByRole('button', { name: 'Avoid.' }).click();
    const alert = page.getByRole('alert');
    await expect.element(alert).toHaveTextContent('The record cannot be read: a part of this page is missing.');
    await page.getByRole('button', { name: 'Back to the report' }).click();
    await expect.element(page.getByRole('heading', { name: 'Records with Judge a dish' })).toBeVisible();
  });

  it('says that a damaged record cannot be read', async () => {
    mountReport(main, report(), { readChunk: () => Promise.resolve('bm90IGEgY2h1bms=') });
    await page.getByRole('button', { name: 'Avoid.' }).click();
    await expect.element(page.getByRole('alert')).toHaveTextContent('The record cannot be read:');
  });

  it('says what is wrong with a record that is no saved result, or is missing', async () => {
    mountReport(main, report(), { readChunk: () => chunk({ ...RECORD, selected: 'yes' }) });
    await page.getByRole('button', { name: 'Avoid.' }).click();
    const alert = page.getByRole('alert');
    await expect.element(alert).toHaveTextContent('The record cannot be read: selected of a saved result must be');
    main.replaceChildren();
    const places = [
      [0, 4],
      [0, 0],
    ];
    mountReport(main, report({}, { places }), { readChunk: () => chunk() });
    await expect.element(alert).toHaveTextContent('The record cannot be read: a part of this page lacks it.');
  });

  it('says that a record has no place in the page of a run without tokens', async () => {
    mountReport(main, report({}, { tokens: false, places: [] }), { readChunk: () => chunk() });
    await expect.element(page.getByText('9 records, of which 2 are listed (an even spread)')).toBeVisible();
    location.hash = '#record=1';
    await expect.element(page.getByRole('alert')).toHaveTextContent('This page does not have record 1.');
  });

  it('shows the scores of labelled parts by sentence, and says so', async () => {
    mountReport(main, report({ granularity: 'labels' }), { readChunk: () => chunk() });
    await page.getByRole('button', { name: 'Avoid.' }).click();
    await expect.element(page.getByRole('note')).toHaveTextContent('The run has one segment for each labelled part');
    await expect.element(page.getByText('of 2 segments hold')).toBeVisible();
    await expect.element(page.getByText('This method scored other segments')).not.toBeInTheDocument();
  });
});
