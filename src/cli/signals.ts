// Ctrl-C and its kin. The first asks a command to end in its own way; the second, to end at once.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a command does when it is interrupted. */
export interface Interruptible {
  interrupt(): void;
  interruptAtOnce(): void;
}

export class Signals {
  #count = 0;
  readonly #command: Interruptible;

  constructor(command: Interruptible) {
    this.#command = command;
    for (const signal of SIGNALS) process.on(signal, this.arrive);
  }

  get wereThereAny(): boolean {
    return this.#count > 0;
  }

  /** Also called for Ctrl-C as a key. */
  readonly arrive = (): void => {
    this.#count++;
    if (this.#count === 1) this.#command.interrupt();
    else this.#command.interruptAtOnce();
  };

  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.arrive);
  }
}
