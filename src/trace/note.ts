// The comment on a packet, in the making: ASCII, put together from ready-made pieces and numbers without building a string.

/** A piece of text as octets, to be made once. */
export type Piece = Uint8Array;

const SIZE = 240;
const ZERO = 0x30;

export function piece(ascii: string): Piece {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0));
}

const SEPARATOR = piece('; ');

export class Note {
  readonly octets = new Uint8Array(SIZE);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** Begins a clause: a second one is set off from the first. */
  begin(text: Piece): this {
    if (this.length > 0) this.add(SEPARATOR);
    return this.add(text);
  }

  add(text: Piece): this {
    const end = Math.min(text.length, SIZE - this.length);
    for (let at = 0; at < end; at++) this.octets[this.length + at] = text[at]!;
    this.length += end;
    return this;
  }

  /** A whole number, not negative. */
  number(value: number): this {
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    if (this.length + digits > SIZE) return this;
    let rest = value;
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      this.octets[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.length += digits;
    return this;
  }
}
