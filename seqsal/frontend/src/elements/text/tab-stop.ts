/** The one segment that the tab key reaches; arrows move it. */
export class TabStop {
  #index = -1;
  readonly #spanAt: (index: number) => HTMLElement | undefined;

  constructor(spanAt: (index: number) => HTMLElement | undefined) {
    this.#spanAt = spanAt;
  }

  get index(): number {
    return this.#index;
  }

  /** Forgets the segment, whose element is gone. */
  reset(): void {
    this.#index = -1;
  }

  move(index: number): void {
    if (index === this.#index) return;
    this.#spanAt(index)?.setAttribute('tabindex', '0');
    this.#spanAt(this.#index)?.removeAttribute('tabindex');
    this.#index = index;
  }

  focus(index: number, options?: FocusOptions): void {
    // Set before the tab stop moves: a span that loses its tabindex would also lose the focus.
    this.#spanAt(index)?.setAttribute('tabindex', '0');
    this.#spanAt(index)?.focus(options);
    this.move(index);
  }
}
