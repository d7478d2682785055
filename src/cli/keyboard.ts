// The keyboard as a remote control: single keys while a transfer runs. Only where both the keyboard and the status are a
// terminal's, and only in the foreground: a background job that touches the terminal's mode would be stopped.
import { readFileSync } from 'node:fs';
import { type Talk } from './talk.ts';

export type Keys = Readonly<Record<string, () => void>>;

const CTRL_C = '\u0003';
const CTRL_Z = '\u001A';

export class Keyboard {
  readonly #keys: Keys;
  readonly #interrupted: () => void;

  readonly #suspending: () => void;

  /** Raw mode begins at once. Ctrl-C and Ctrl-Z come here then, and not as signals. */
  constructor(keys: Keys, interrupted: () => void, suspending: () => void) {
    this.#keys = keys;
    this.#interrupted = interrupted;
    this.#suspending = suspending;
    this.#begin();
  }

  static isUsable(talk: Talk): boolean {
    return talk.isLive && process.stdin.isTTY && isInForeground();
  }

  close(): void {
    process.stdin.off('data', this.#pressed).pause();
    process.stdin.setRawMode(false);
    process.off('SIGCONT', this.#continued);
  }

  #begin(): void {
    process.stdin.setRawMode(true);
    process.stdin.setEncoding('utf8').on('data', this.#pressed).resume();
    process.on('SIGCONT', this.#continued);
  }

  readonly #pressed = (text: string | Buffer): void => {
    for (const key of String(text)) {
      if (key === CTRL_C) this.#interrupted();
      else if (key === CTRL_Z) this.#suspend();
      else this.#keys[key]?.();
    }
  };

  #suspend(): void {
    this.#suspending();
    process.stdin.setRawMode(false);
    process.kill(process.pid, 'SIGTSTP');
  }

  /** After Ctrl-Z and `fg` the shell has given the terminal back in its own mode. */
  readonly #continued = (): void => {
    if (isInForeground()) process.stdin.setRawMode(true);
  };
}

/** Linux says in /proc which process group has the terminal; where there is no /proc, hope. */
function isInForeground(): boolean {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[2] === fields[5];
  } catch {
    return true;
  }
}
