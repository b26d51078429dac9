/** A place on the page where the user can change the prompt of an example: one of our views, or LIT's Datapoint Editor. */
export interface PromptPlace {
  /** The id of its example; null if it shows none. */
  readonly example: string | null;
  /** The changed prompt; null if it is not changed, and undefined while that is unknown. */
  read(): string | null | undefined;
  /** Shows a changed prompt, or the unchanged one. A place that cannot show it stays as it is. */
  write(prompt: string | null): void;
}

/** What a place had when it was last in step with the others. */
interface Known {
  readonly example: string | null;
  readonly prompt: string | null | undefined;
}

/** Shows each changed prompt that has not been sent in all places of its example. */
export class UnsentPrompts {
  readonly #places = new Map<PromptPlace, Known>();
  /** By the id of the example. */
  readonly #prompts = new Map<string, string>();
  readonly #wait: (act: () => void) => () => void;
  #cancel: () => void = () => undefined;

  /** `wait` calls a function after a pause, and returns one that prevents it. */
  constructor(wait: (act: () => void) => () => void) {
    this.#wait = wait;
  }

  /** Call this when a place may show another example, or another prompt. */
  changed(place: PromptPlace): void {
    if (!this.#places.has(place)) this.#places.set(place, { example: null, prompt: undefined });
    this.#cancel();
    this.#cancel = this.#wait(() => {
      this.#align();
    });
  }

  leave(place: PromptPlace): void {
    this.#places.delete(place);
  }

  of(example: unknown): string | null {
    return typeof example === 'string' ? (this.#prompts.get(example) ?? null) : null;
  }

  /** Call this when the changed prompt of an example has been sent. */
  forget(example: string): void {
    this.#prompts.delete(example);
  }

  #align(): void {
    for (const place of this.#places.keys()) this.#readFrom(place);
    for (const place of this.#places.keys()) this.#writeTo(place);
  }

  /** Takes over what has changed in a place since the last time. */
  #readFrom(place: PromptPlace): void {
    const [{ example }, prompt] = [place, place.read()];
    const before = this.#places.get(place);
    const known = before?.example === example ? before.prompt : undefined;
    this.#places.set(place, { example, prompt: prompt === undefined ? known : prompt });
    if (example === null || prompt === undefined || prompt === known) return;
    // A place that has just come to show the example has its changed prompt from the others, if there is one.
    if (known === undefined && (prompt === null || this.#prompts.has(example))) return;
    if (prompt === null) this.#prompts.delete(example);
    else this.#prompts.set(example, prompt);
  }

  #writeTo(place: PromptPlace): void {
    const { example } = place;
    const now = place.read();
    if (example === null || now === undefined) return;
    const prompt = this.#prompts.get(example) ?? null;
    if (prompt === now) return;
    place.write(prompt);
    this.#places.set(place, { example, prompt: place.read() });
  }
}
