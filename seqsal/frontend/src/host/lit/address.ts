import { parseChoices, formatChoices } from '../../core/state/choices.js';
import type { ChoiceTexts } from '../../core/state/choices.js';
import { formatPlace, parsePlace } from '../../core/state/place.js';
import type { Place } from '../../core/state/place.js';
import type { Choices, ViewState } from '../../core/state/view-state.js';

/** The prefix of our parameters. LIT's own have other names; those that begin with "data" are fields of an example. */
const OURS = 'seqsal.';
const AT = 'seqsal.at.';

/**
 * The part of the page's address that records what the modules show, so that a link shows the same.
 *
 * It is part of the query, so LIT's "Copy Link" copies it. LIT (lit-nlp 1.3.1) rewrites the query at each change with its own
 * parameters only, so this class adds ours each time.
 */
export class PageAddress {
  #ours: URLSearchParams;
  #written = true;
  readonly #history: History;
  readonly #location: Location;
  readonly #schedule: (write: () => void) => void;

  /** `schedule` runs a function later: writing the address takes milliseconds, which a click must not wait for. */
  constructor(history: History, location: Location, schedule: (write: () => void) => void) {
    [this.#history, this.#location, this.#schedule] = [history, location, schedule];
    this.#ours = oursIn(location.search);
    const plain = history.replaceState.bind(history);
    history.replaceState = (data: unknown, unused: string, url?: string | URL | null): void => {
      plain(data, unused, url === undefined || url === null ? url : this.#withOurs(url));
    };
  }

  /** The display choices of a link, or null if it has none. */
  get choices(): Choices | null {
    const written: Record<string, string> = {};
    for (const [name, value] of this.#ours) {
      if (!name.startsWith(AT)) written[name.slice(OURS.length)] = value;
    }
    return Object.keys(written).length === 0 ? null : parseChoices(written);
  }

  /** The place of a module in a link, or null. */
  placeOf(module: string): Place | null {
    return parsePlace(this.#ours.get(AT + module) ?? '');
  }

  setChoices(state: ViewState): void {
    this.#write(formatChoices(state), (name) => !name.startsWith(AT));
  }

  setPlace(module: string, place: Place): void {
    this.#write({ [`at.${module}`]: formatPlace(place) }, (name) => name === AT + module);
  }

  /** Replaces the parameters for which `replaced` is true. */
  #write(written: ChoiceTexts, replaced: (name: string) => boolean): void {
    const others = [...this.#ours].filter(([name]) => !replaced(name));
    const added = Object.entries(written).map(([name, value]): [string, string] => [OURS + name, value]);
    const next = new URLSearchParams([...others, ...added]);
    next.sort();
    if (next.toString() === this.#ours.toString()) return;
    this.#ours = next;
    if (!this.#written) return;
    this.#written = false;
    this.#schedule(() => {
      this.flush();
    });
  }

  /** Writes pending changes now, for a caller that is about to read the address. */
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
