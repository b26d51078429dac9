import { beforeEach, describe, expect, it } from 'vitest';
import { INITIAL, adjust } from '../../../../src/core/state/view-state.js';
import { PageAddress } from '../../../../src/host/lit/address.js';

/** As much of a browser's address bar as there is to it. */
class Bar {
  url: URL;
  state: unknown = null;
  constructor(url: string) {
    this.url = new URL(url);
  }
  get location(): Location {
    return this.url as unknown as Location;
  }
  get history(): History {
    return this as unknown as History;
  }
  replaceState(_data: unknown, _unused: string, url?: string | URL | null): void {
    if (url !== undefined && url !== null) this.url = new URL(url, this.url);
  }
}

const PLACE = { source: 'response', index: 0, fingerprint: 'abc', selection: '3-5.9-10' } as const;
const atOnce = (write: () => void): void => {
  write();
};
let bar: Bar;
let address: PageAddress;

beforeEach(() => {
  bar = new Bar('http://host/prefix/?models=m&primary=x#top');
  address = new PageAddress(bar.history, bar.location, atOnce);
});

/** What LIT does at each change of its own. */
function litWrites(query: string): void {
  bar.history.replaceState({}, '', `/prefix/?${query}`);
}

describe('the address', () => {
  it('has the choices next to LIT’s parameters, and none by default', () => {
    address.setChoices(INITIAL);
    expect(bar.url.href).toBe('http://host/prefix/?models=m&primary=x#top');
    address.setChoices(adjust(INITIAL, { scaling: 'rank' }));
    expect(bar.url.href).toBe('http://host/prefix/?models=m&primary=x&seqsal.scaling=rank#top');
    address.setChoices(INITIAL);
    expect(bar.url.href).toBe('http://host/prefix/?models=m&primary=x#top');
  });

  it('keeps our part when LIT rewrites its own', () => {
    address.setChoices(adjust(INITIAL, { marking: 'boxes' }));
    address.setPlace('selected.m', PLACE);
    litWrites('models=m,n&pinned=y');
    expect(bar.url.searchParams.get('pinned')).toBe('y');
    expect(bar.url.searchParams.has('primary')).toBe(false);
    expect(new PageAddress(bar.history, bar.location, atOnce).placeOf('selected.m')).toEqual(PLACE);
    expect(new PageAddress(bar.history, bar.location, atOnce).choices).toMatchObject({ marking: 'boxes' });
  });

  it('is written later, or at once before it is read, and then not again', () => {
    const waiting: (() => void)[] = [];
    bar = new Bar('http://host/');
    const lazy = new PageAddress(bar.history, bar.location, (write) => waiting.push(write));
    lazy.setPlace('selected.m', PLACE);
    expect(bar.url.search).not.toContain('seqsal');
    lazy.flush();
    expect(bar.url.search).toContain('seqsal.at.selected.m');
    const written = bar.url;
    waiting.forEach((write) => {
      write();
    });
    lazy.flush();
    expect(bar.url).toBe(written);
  });

  it('has a place of its own for each module', () => {
    address.setPlace('selected.m', PLACE);
    address.setPlace('pinned.m', { ...PLACE, selection: '' });
    address.setPlace('selected.a b&c=d', { ...PLACE, index: 1 });
    address.setChoices(adjust(INITIAL, { density: 'compact' }));
    const read = new PageAddress(bar.history, bar.location, atOnce);
    expect(read.placeOf('selected.m')).toEqual(PLACE);
    expect(read.placeOf('pinned.m')).toEqual({ ...PLACE, selection: '' });
    expect(read.placeOf('selected.a b&c=d')).toEqual({ ...PLACE, index: 1 });
    expect(read.placeOf('pinned.n')).toBeNull();
  });

  it('has the part of a link from the start', () => {
    bar = new Bar('http://host/?seqsal.granularity=custom&seqsal.pattern=%3B&seqsal.match=starts&models=m');
    const read = new PageAddress(bar.history, bar.location, atOnce);
    expect(read.choices?.granularity).toEqual({ unit: 'custom', pattern: ';', role: 'starts' });
    litWrites('models=m');
    expect(bar.url.searchParams.get('seqsal.pattern')).toBe(';');
  });

  it('has no choices if there are none in it', () => {
    address.setPlace('selected.m', PLACE);
    expect(new PageAddress(bar.history, bar.location, atOnce).choices).toBeNull();
  });

  it('does not change an address without choices', () => {
    bar.history.replaceState({ x: 1 }, '');
    expect(bar.url.href).toBe('http://host/prefix/?models=m&primary=x#top');
  });

  it('is written once for consecutive changes, with all of them', () => {
    const waiting: (() => void)[] = [];
    bar = new Bar(bar.url.href);
    address = new PageAddress(bar.history, bar.location, (write) => waiting.push(write));
    address.setPlace('selected.m', PLACE);
    address.setPlace('pinned.m', PLACE);
    expect(bar.url.href).toBe('http://host/prefix/?models=m&primary=x#top');
    expect(waiting).toHaveLength(1);
    waiting[0]?.();
    expect([...bar.url.searchParams.keys()]).toEqual([
      'models',
      'primary',
      'seqsal.at.pinned.m',
      'seqsal.at.selected.m',
    ]);
    address.setChoices(adjust(INITIAL, { scaling: 'rank' }));
    expect(waiting).toHaveLength(2);
  });
});
