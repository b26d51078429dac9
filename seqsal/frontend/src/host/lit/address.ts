import { readChoices, writeChoices } from '../../core/state/choices.js';
import type { Written } from '../../core/state/choices.js';
import { formatPlace, parsePlace } from '../../core/state/place.js';
import type { Place } from '../../core/state/place.js';
import type { Choices, ViewState } from '../../core/state/view-state.js';

/** What our parameters begin with. LIT's have other names; those that begin with "data" are fields of an example. */
const OURS = 'seqsal.';
const AT = 'seqsal.at.';

/**
 * The part of the page's address that says what the modules show, so that a link shows the same.
 *
 * It stands among the parameters of LIT's own, where LIT's "Copy Link" takes it along. LIT (lit-nlp 1.3.1) writes the
 * query anew at each change and knows only its own parameters, so ours are put back each time it does.
 */
export class PageAddress {
  #ours: URLSearchParams;
  #written = true;
  readonly #history: History;
  readonly #location: Location;
  readonly #later: (write: () => void) => void;

  /** `later` runs what writes the address: a browser takes milliseconds for it, which a click must not wait for. */
  constructor(history: History, location: Location, later: (write: () => void) => void) {
    [this.#history, this.#location, this.#later] = [history, location, later];
    this.#ours = oursIn(location.search);
    const plain = history.replaceState.bind(history);
    history.replaceState = (data: unknown, unused: string, url?: string | URL | null): void => {
      plain(data, unused, url === undefined || url === null ? url : this.#withOurs(url));
    };
  }

  /** The display choices of a link; null where it has none. */
  get choices(): Choices | null {
    const written: Record<string, string> = {};
    for (const [name, value] of this.#ours) {
      if (!name.startsWith(AT)) written[name.slice(OURS.length)] = value;
    }
    return Object.keys(written).length === 0 ? null : readChoices(written);
  }

  /** Where a module stands by a link, or null. */
  placeOf(module: string): Place | null {
    return parsePlace(this.#ours.get(AT + module) ?? '');
  }

  setChoices(state: ViewState): void {
    this.#write(writeChoices(state), (name) => !name.startsWith(AT));
  }

  setPlace(module: string, place: Place): void {
    this.#write({ [`at.${module}`]: formatPlace(place) }, (name) => name === AT + module);
  }

  /** Puts parameters in place of those that `replaced` tells. */
  #write(written: Written, replaced: (name: string) => boolean): void {
    const kept = [...this.#ours].filter(([name]) => !replaced(name));
    const added = Object.entries(written).map(([name, value]): [string, string] => [OURS + name, value]);
    const next = new URLSearchParams([...kept, ...added]);
    next.sort();
    if (next.toString() === this.#ours.toString()) return;
    this.#ours = next;
    if (!this.#written) return;
    this.#written = false;
    this.#later(() => {
      this.flush();
    });
  }

  /** Writes at once what waits to be written, for one who is about to read the address. */
  flush(): void {
    if (this.#written) return;
    this.#written = true;
    const { pathname, search, hash } = this.#location;
    this.#history.replaceState(this.#history.state, '', pathname + search + hash);
  }

  #withOurs(url: string | URL): URL {
    const next = new URL(url, this.#location.href);
    const others = [...next.searchParams].filter(([name]) => !name.startsWith(OURS));
    next.search = new URLSearchParams([...others, ...this.#ours]).toString();
    return next;
  }
}

function oursIn(search: string): URLSearchParams {
  const ours = new URLSearchParams([...new URLSearchParams(search)].filter(([name]) => name.startsWith(OURS)));
  ours.sort();
  return ours;
}
