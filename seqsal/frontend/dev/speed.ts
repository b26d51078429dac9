// Measures the time from an action to the frame that shows its result, in texts of 8,000 and 32,000 words, and to compare versions.
import '@fontsource/roboto/400.css';
import type { Host } from '../src/core/state/host.js';
import { BUILT_IN } from '../src/core/scores/methods.js';
import { SalienceStore } from '../src/core/state/store.js';
import type { Action } from '../src/core/state/action.js';
import '../src/elements/view/view.js';
import { findStartsInWorker } from '../src/host/pattern-worker.js';
import { measureVersions } from './versions.js';

const RUNS = 7;

/** Answers at once. The tokens are words, and the scores are distributed like gradients: few high, many low. */
const host: Host = {
  methods: BUILT_IN,
  generate: () => Promise.resolve([{ text: ' It was so. And so it was.', score: null }]),
  tokenize: ({ prompt, target }) => Promise.resolve({ tokens: (prompt + target).match(/\s*\S+/g) ?? [], special: [] }),
  salience: ({ targetMask }) => {
    const grad_l2 = targetMask.map((_, i) => ((i * 7919) % 997) ** 3);
    return Promise.resolve({ grad_l2, grad_dot_input: grad_l2.map((x, i) => (i % 3 === 0 ? -x : x)) });
  },
};

function words(count: number): string {
  return Array.from({ length: count }, (_, i) => `word${String(i % 97)}${i % 12 === 11 ? '.\n' : ' '}`).join('');
}

function frame(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      setTimeout(resolve);
    });
  });
}

async function median(act: (run: number) => void): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    await frame();
    const start = performance.now();
    act(run);
    await frame();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? NaN;
}

async function measure(count: number): Promise<Record<string, number>> {
  const view = document.querySelector('seqsal-view');
  if (view === null) throw new Error('The page has no seqsal-view.');
  const store = new SalienceStore(() => {
    view.snapshot = store.snapshot;
  }, findStartsInWorker);
  const send = (action: Action): void => {
    store.dispatch(action);
  };
  const unit = (name: 'words' | 'sentences' | 'tokens'): void => {
    send({ type: 'adjust', choices: { granularity: { unit: name, pattern: '', role: 'ends' } } });
  };
  unit('words');
  store.show({ key: String(count), prompt: words(count), target: '' }, host);
  for (let i = 0; i < 5; i++) await frame();
  const result = {
    'select, and paint the heat': await median((run) => {
      send({ type: 'select', span: { start: count + (run % 5), end: count + (run % 5) + 1 }, how: 'only' });
    }),
    'another method': await median((run) => {
      send({ type: 'adjust', choices: { method: host.methods[run % 2]?.name ?? null } });
    }),
    'another scale': await median((run) => {
      send({ type: 'adjust', choices: { scaling: run % 2 === 0 ? 'rank' : 'value' } });
    }),
    'words to sentences and back': await median((run) => {
      unit(run % 2 === 0 ? 'sentences' : 'words');
    }),
  };
  store.show(null, null);
  return result;
}

function inMilliseconds(times: Record<string, number>): Record<string, string> {
  return Object.fromEntries(Object.entries(times).map(([act, time]) => [act, `${time.toFixed(0)} ms`]));
}

const out: Record<string, Record<string, string>> = {};
for (const count of [8_000, 32_000]) {
  out[`${count.toLocaleString('en')} words`] = inMilliseconds(await measure(count));
}
for (const [edit, times] of Object.entries(measureVersions(RUNS))) {
  out[`30,000 tokens, ${edit}`] = inMilliseconds(times);
}
const pre = document.querySelector('pre');
if (pre) pre.textContent = JSON.stringify(out, null, 2);
document.title = 'done';
