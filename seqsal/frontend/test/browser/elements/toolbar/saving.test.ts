import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { page } from 'vitest/browser';
import { readSaved } from '../../../../src/core/saved/reader.js';
import { mount as mountSaved } from '../../../../src/host/saved/view.js';
import type { Mounted } from '../../../../src/host/saved/view.js';
import { SureHost, newest, settled } from '../../../helpers/hand-host.js';
import { Stage, until } from '../../../helpers/stage.js';

const PROMPT = 'Likes: cheese.\nDislikes: eggs & </script><b>.\n';
const RESPONSE = 'It has eggs. Try another.';

let stage: Stage;
let host: SureHost;
let files: { name: string; blob: Blob }[];

beforeEach(async () => {
  files = [];
  const blobs = new Map<string, Blob>();
  const create = URL.createObjectURL.bind(URL);
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    const url = create(blob);
    blobs.set(url, blob as Blob);
    return url;
  });
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    files.push({ name: this.download, blob: blobs.get(this.href) ?? new Blob() });
  });
  host = new SureHost();
  stage = new Stage(host);
  stage.view.viewScript = () => Promise.resolve('var seqsalView;');
  await stage.open(PROMPT, RESPONSE);
  stage.segment('It has eggs.').click();
  await stage.score((i) => i + 1);
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function choose(name: string): Promise<void> {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name }).click();
  await settled();
}

async function saved(name: string): Promise<{ name: string; blob: Blob }> {
  await choose(name);
  await until(() => files.length > 0);
  const [file] = files;
  if (!file) throw new Error('Nothing has been saved.');
  return file;
}

describe('data', () => {
  it('are the shown result, in the format of the reader', async () => {
    const { name, blob } = await saved('Data (JSON)');
    expect(name).toBe('salience.json');
    const result = readSaved(JSON.parse(await blob.text()));
    expect(result).toMatchObject({ prompt: PROMPT, target: RESPONSE, selected: true });
    expect(result.salience[0]?.scores['grad_l2']).toEqual(result.tokens.map((_, i) => i + 1));
    await expect.element(page.getByText('Saved as salience.json.')).toBeVisible();
  });
});

it('shows the outcome each time, even with the same text', async () => {
  await choose('Data (JSON)');
  await expect.element(page.getByText('Saved as salience.json.')).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click(); // Which closes the menu.
  await choose('Data (JSON)');
  await expect.element(page.getByText('Saved as salience.json.')).toBeVisible();
});

describe('a page', () => {
  it('has the script and the result, and no markup from the text', async () => {
    const { name, blob } = await saved('Page (HTML)');
    const parsed = new DOMParser().parseFromString(await blob.text(), 'text/html');
    expect(name).toBe('salience.html');
    expect(parsed.querySelectorAll('script')).toHaveLength(3);
    expect(parsed.querySelector('b')).toBeNull();
    const result = readSaved(JSON.parse(parsed.querySelector('#seqsal-result')?.textContent ?? ''));
    expect(result.prompt).toBe(PROMPT);
  });

  it('shows why it cannot be made', async () => {
    stage.view.viewScript = () => Promise.reject(new Error('seqsal-view.js cannot be had from the server.'));
    await choose('Page (HTML)');
    await expect.element(page.getByText('seqsal-view.js cannot be had from the server.')).toBeVisible();
    expect(files).toEqual([]);
  });

  it('is not offered without a script', async () => {
    stage.view.viewScript = null;
    await stage.drawn();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.element(page.getByRole('button', { name: 'Data (JSON)' })).toBeVisible();
    expect(page.getByRole('button', { name: 'Page (HTML)' }).elements()).toEqual([]);
  });
});

describe('a picture', () => {
  async function svg(): Promise<Document> {
    const { blob } = await saved('Picture (SVG)');
    return new DOMParser().parseFromString(await blob.text(), 'image/svg+xml');
  }

  it('has the text as on the page, with its heat colours', async () => {
    const picture = await svg();
    expect(picture.querySelector('parsererror')).toBeNull();
    const texts = [...picture.querySelectorAll('text')].map((text) => text.textContent);
    expect(texts).toContain('Dislikes: eggs & </script><b>.');
    const origin = stage.part('seqsal-text').getBoundingClientRect();
    for (const text of ['Likes: cheese.', 'Try another.']) {
      const there = stage.segment(text).getBoundingClientRect();
      const drawn = [...picture.querySelectorAll('text')].find(({ textContent }) => textContent === text);
      expect(Number(drawn?.getAttribute('x'))).toBeCloseTo(there.left - origin.left, 0);
      const base = Number(drawn?.getAttribute('y')) + origin.top;
      expect(base).toBeGreaterThan(there.top);
      expect(base).toBeLessThan(there.bottom);
    }
    const heat = getComputedStyle(stage.segment('Likes: cheese.')).backgroundColor;
    expect([...picture.querySelectorAll('rect')].map((rect) => rect.getAttribute('fill'))).toContain(heat);
  });

  it('has every letter of every script, also right to left, and ends with the text', async () => {
    await stage.open('ภาษาไทยคำ مرحبا بالعالم 世界 👩‍👩‍👧\n', 'e\u0301té.');
    const picture = await svg();
    const drawn = [...picture.querySelectorAll('text')].map((text) => text.textContent).join('');
    for (const word of ['ภาษาไทยคำ', 'مرحبا', 'بالعالم', '世界', '👩‍👩‍👧', 'e\u0301té.']) expect(drawn).toContain(word);
    const answer = stage.segment('e\u0301té.').getBoundingClientRect().bottom;
    const height = answer - stage.part('seqsal-text').getBoundingClientRect().top;
    expect(Number(picture.documentElement.getAttribute('height'))).toBeLessThan(height + 40);
  });

  it('has a caption', async () => {
    const texts = [...(await svg()).querySelectorAll('text')].map((text) => text.textContent);
    expect(texts.at(-2)).toMatch(/^Explaining “It has eggs.” · tokens \d+–\d+ · the strongest 1 of 2 hold/);
    expect(texts.at(-1)).toBe(
      'Grad L2 of sentences, sum of tokens, coloured by value · stronger colour: depends on it more',
    );
  });

  it('has the certainty lines if they are shown', async () => {
    stage.store.dispatch({ type: 'adjust', choices: { certainty: true } });
    const { input, resolve } = newest(host.sureties);
    resolve([...(PROMPT + input.target).matchAll(/\s*\S+/g), null].map((_, i) => (i > 6 ? -3 : null)));
    await stage.drawn();
    const picture = await svg();
    expect(picture.querySelectorAll('polyline').length).toBeGreaterThan(2);
  });

  it('is a PNG of twice the size, with colours', async () => {
    const { name, blob } = await saved('Picture (PNG)');
    expect(name).toBe('salience.png');
    const bitmap = await createImageBitmap(blob);
    expect(bitmap.width).toBe(2 * stage.part('seqsal-text').clientWidth);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const [here, there] = [stage.part('seqsal-text'), stage.segment('Likes: cheese.')].map((each) =>
      each.getBoundingClientRect(),
    );
    const x = 2 * ((there?.right ?? 0) - (here?.left ?? 0)) - 3;
    const y = 2 * ((there?.top ?? 0) - (here?.top ?? 0)) + 5;
    const [r, g, b] = context?.getImageData(x, y, 1, 1).data ?? [];
    expect(`rgb(${String(r)}, ${String(g)}, ${String(b)})`).toBe(
      getComputedStyle(stage.segment('Likes: cheese.')).backgroundColor,
    );
  });

  it('of a text that is too tall has the part in view, and says so', async () => {
    await stage.open(Array.from({ length: 900 }, (_, i) => `line${String(i)}.\n`).join(''), 'The answer.');
    stage.segment('The answer.').click();
    await stage.score(() => 1);
    const picture = await svg();
    const height = Number(picture.documentElement.getAttribute('height'));
    expect(height).toBeLessThan(500);
    await expect.element(page.getByText('this is the part in view')).toBeVisible();
    const texts = [...picture.querySelectorAll('text')].map((text) => text.textContent);
    expect(texts).toContain('The answer.');
    expect(texts).not.toContain('line0.');
  });

  it('goes to the clipboard', async () => {
    const write = vi.spyOn(navigator.clipboard, 'write').mockResolvedValue();
    await choose('Copy the picture');
    await expect.element(page.getByText('The picture is on the clipboard.')).toBeVisible();
    const blob = await write.mock.calls[0]?.[0][0]?.getType('image/png');
    expect(blob?.type).toBe('image/png');
  });
});

describe('a link', () => {
  it('is offered if the page has one', async () => {
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    stage.view.link = () => 'http://host/?seqsal.scaling=rank';
    await stage.drawn();
    await choose('Copy a link');
    expect(write).toHaveBeenCalledWith('http://host/?seqsal.scaling=rank');
  });
});

it('offers nothing before there is something to save', async () => {
  stage.store.show({ key: 'new', prompt: 'New', target: '' }, host);
  await stage.drawn();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.element(page.getByText('There is nothing to save yet.')).toBeVisible();
});

describe('a saved result on a page', () => {
  let mounted: Mounted | null = null;
  const parent = document.createElement('div');

  afterEach(() => {
    mounted?.unmount();
    parent.remove();
  });

  async function reopen(theme: 'light' | 'dark' = 'light'): Promise<Mounted> {
    const { blob } = await saved('Data (JSON)');
    const value: unknown = JSON.parse(await blob.text());
    stage.view.remove();
    parent.style.cssText = 'width:620px;height:400px';
    document.body.append(parent);
    mounted = mountSaved(parent, value, { theme });
    await settled();
    await mounted.element.updateComplete;
    await mounted.element.renderRoot.querySelector('seqsal-text')?.updateComplete;
    return mounted;
  }

  function painted({ element }: Mounted): string[] {
    const spans = element.renderRoot.querySelector('seqsal-text')?.renderRoot.querySelectorAll('.s') ?? [];
    return [...spans]
      .filter((span) => getComputedStyle(span).backgroundColor !== 'rgba(0, 0, 0, 0)' && !span.matches('.sel'))
      .map((span) => span.textContent);
  }

  it('shows the same heat, and can be segmented differently', async () => {
    const before = stage.painted();
    const view = await reopen();
    expect(painted(view)).toEqual(before);
    await page.getByRole('radio', { name: 'Words' }).click({ force: true });
    await settled();
    await expect.poll(() => painted(view).length).toBeGreaterThan(4);
  });

  it('shows an error without a retry for a selection that it does not have', async () => {
    const { element } = await reopen();
    const spans = element.renderRoot.querySelector('seqsal-text')?.renderRoot.querySelectorAll<HTMLElement>('.s');
    spans?.[spans.length - 1]?.click();
    await expect.element(page.getByText(/It contains the scores of one selection, but not of this one/)).toBeVisible();
    expect(page.getByRole('button', { name: 'Try again' }).elements()).toEqual([]);
  });

  it('can be dark, and is removed completely', async () => {
    const { element, unmount } = await reopen('dark');
    expect(getComputedStyle(element).backgroundColor).toBe('rgb(27, 28, 31)');
    unmount();
    expect(parent.childElementCount).toBe(0);
  });

  it('is refused with a reason if it is invalid', () => {
    expect(() => mountSaved(parent, { format: 'other' })).toThrow('"format": "seqsal-salience"');
    expect(parent.childElementCount).toBe(0);
  });
});
