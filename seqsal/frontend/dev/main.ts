import '@fontsource/roboto/400.css';
import '@fontsource/roboto/500.css';
import { SalienceStore } from '../src/core/state/store.js';
import '../src/elements/view/view.js';
import { findStartsInWorker } from '../src/host/pattern-worker.js';
import { FakeHost } from './fake-host.js';
import { PROMPTS } from './prompts.js';

// The address can set the form's fields: ?prompt=long&delay=0&dark=on
const form = required('form');
const view = required('seqsal-view');
const store = new SalienceStore(() => {
  view.snapshot = store.snapshot;
}, findStartsInWorker);

function required<K extends keyof HTMLElementTagNameMap>(name: K): HTMLElementTagNameMap[K] {
  const element = document.querySelector(name);
  if (element === null) throw new Error(`The page has no ${name}.`);
  return element;
}

function field(name: string): HTMLInputElement | HTMLSelectElement {
  return form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
}

function checked(name: string): boolean {
  return (field(name) as HTMLInputElement).checked;
}

function show(): void {
  const name = field('prompt').value;
  const host = new FakeHost({ delay: Number(field('delay').value), fails: checked('fails') });
  const { prompt, target } = PROMPTS[name] ?? { prompt: '', target: '' };
  view.theme = checked('dark') ? 'dark' : 'light';
  store.show(name === 'none' ? null : { key: name, prompt, target }, host);
}

function fill(): void {
  field('prompt').append(...Object.keys(PROMPTS).map((name) => new Option(name)));
  const query = new URLSearchParams(location.search);
  for (const [name, value] of query) {
    const target = field(name);
    if (target instanceof HTMLInputElement && target.type === 'checkbox') target.checked = value === 'on';
    else target.value = value;
  }
  if (!query.has('dark')) {
    (field('dark') as HTMLInputElement).checked = matchMedia('(prefers-color-scheme: dark)').matches;
  }
}

fill();
form.addEventListener('change', show);
view.addEventListener('seqsal-action', (event) => {
  store.dispatch(event.detail);
});
show();
