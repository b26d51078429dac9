import type { WidgetModel } from '../../src/host/notebook/channel.js';

type Callback = (...values: never[]) => void;

/** A widget's model as anywidget gives it, whose kernel is the test. */
export class FakeModel implements WidgetModel {
  readonly sent: Readonly<Record<string, unknown>>[] = [];
  readonly synced: string[] = [];
  /** The other widgets of the notebook, by their ids. */
  readonly others = new Map<string, FakeModel>();
  readonly widget_manager = {
    get_model: (id: string): Promise<FakeModel> => {
      const model = this.others.get(id);
      return model ? Promise.resolve(model) : Promise.reject(new Error(`There is no widget ${id}.`));
    },
  };
  readonly #values: Record<string, unknown>;
  readonly #changed: string[] = [];
  readonly #listeners = new Map<string, Set<Callback>>();

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = { _methods: ['grad_l2'], choices: { method: 'grad_l2' }, _place: '', _saved: null, ...values };
  }

  get(name: string): unknown {
    return this.#values[name];
  }

  set(name: string, value: unknown): void {
    this.#values[name] = value;
    this.#changed.push(name);
    this.#emit(`change:${name}`);
  }

  save_changes(): void {
    this.synced.push(...this.#changed.splice(0));
  }

  send(message: Readonly<Record<string, unknown>>): void {
    this.sent.push(message);
  }

  on(name: string, callback: Callback): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(callback));
  }

  off(name: string, callback: Callback): void {
    this.#listeners.get(name)?.delete(callback);
  }

  /** The number of listeners. */
  get listeners(): number {
    return [...this.#listeners.values()].reduce((count, { size }) => count + size, 0);
  }

  /** The kernel says something. */
  say(message: Readonly<Record<string, unknown>>, buffers: readonly DataView[] = []): void {
    this.#emit('msg:custom', message, buffers);
  }

  /** The kernel sets a trait. */
  change(name: string, value: unknown): void {
    this.#values[name] = value;
    this.#emit(`change:${name}`);
  }

  /** The newest request of a kind. */
  request(what: string): Readonly<Record<string, unknown>> {
    const request = this.sent.findLast((message) => message['what'] === what);
    if (request === undefined) throw new Error(`There is no request for ${what}.`);
    return request;
  }

  answer(what: string, value: unknown, numbers: readonly number[] = []): void {
    const buffers = numbers.length === 0 ? [] : [new DataView(new Float32Array(numbers).buffer)];
    this.say({ type: 'answer', id: this.request(what)['id'], value }, buffers);
  }

  #emit(name: string, ...values: unknown[]): void {
    for (const callback of this.#listeners.get(name) ?? []) (callback as (...values: unknown[]) => void)(...values);
  }
}
