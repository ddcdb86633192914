export type Listener<Payload> = (payload: Payload) => unknown;
export type AnyListener<Events> = <Name extends keyof Events>(name: Name, payload: Events[Name]) => unknown;

/**
 * A small typed emitter: `new TypedEvents<{ 'download-started': { digest: string } }>()`.
 *
 * Listeners are called in the order they were added, before `emit` returns. One that throws, or whose promise
 * rejects, is told to `onListenerError` and disturbs neither the others nor the one who emits.
 */
export class TypedEvents<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  readonly #anyListeners = new Set<AnyListener<Events>>();
  readonly #onListenerError: (error: unknown, name: keyof Events) => void;

  /** @param options.onListenerError default: the error is dropped, since an observer must never stop the observed. */
  constructor({
    onListenerError = () => {},
  }: { onListenerError?: (error: unknown, name: keyof Events) => void } = {}) {
    this.#onListenerError = onListenerError;
  }

  /** Adds a listener; the returned function takes it away again. The same function added twice is called once. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    let listeners = this.#listeners.get(name);
    if (!listeners) this.#listeners.set(name, (listeners = new Set()));
    listeners.add(listener);
    return () => this.off(name, listener);
  }

  /** Adds a listener of every event, for logs and metrics. */
  onAny(listener: AnyListener<Events>): () => void {
    this.#anyListeners.add(listener);
    return () => this.#anyListeners.delete(listener);
  }

  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    this.#listeners.get(name)?.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    const own = this.#listeners.get(name) as Set<Listener<Events[Name]>> | undefined;
    // Copies: a listener that adds or removes another one changes the next emit, not this one.
    for (const listener of [...(own ?? [])]) this.#call(name, () => listener(payload));
    for (const listener of [...this.#anyListeners]) this.#call(name, () => listener(name, payload));
  }

  #call(name: keyof Events, invoke: () => unknown): void {
    try {
      const result = invoke();
      if (result instanceof Promise) result.catch((error: unknown) => this.#onListenerError(error, name));
    } catch (error) {
      this.#onListenerError(error, name);
    }
  }
}
