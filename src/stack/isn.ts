// Initial sequence numbers (RFC 9293 §3.4.1, RFC 6528): ISN = M + F(localip, localport, remoteip, remoteport, secretkey).
// M counts 4-microsecond ticks; F is SipHash-2-4 (Aumasson and Bernstein, 2012), its 64-bit words kept as pairs of uint32.
// Who asks brings the secret and the time: this layer has neither clock nor randomness.
import { type Instant, type Seq, seq } from '../tcp/index.ts';

/** 128 bits that nobody outside can guess, as four uint32: made once per process. */
export type Secret = readonly [number, number, number, number];

/** The two ends of a connection; addresses in any form that is always the same for the same address. */
export interface Flow {
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
}

const TICK = 4_000; // ns

/** RFC 6528 §3: distinct flows begin at places that tell nothing of each other; one flow's begin ever further right. */
export function initialSequenceNumber(flow: Flow, secret: Secret, now: Instant): Seq {
  return seq((Math.floor(now / TICK) % 2 ** 32) + hashFlow(flow, secret));
}

/** The lower 32 bits of SipHash-2-4 over both ends; `'|'` stands in no address, so that no two flows read the same. */
export function hashFlow(flow: Flow, secret: Secret): number {
  const text = `${flow.localAddress}|${flow.localPort}|${flow.remoteAddress}|${flow.remotePort}`;
  const octets = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    octets[2 * i] = code & 0xff;
    octets[2 * i + 1] = code >>> 8;
  }
  return sipHash(octets, secret)[0];
}

/** SipHash-2-4: the 64-bit result as [lower, upper] uint32. The key's words are little-endian, the first one lowest. */
export function sipHash(octets: Uint8Array, key: Secret): [number, number] {
  const state = new SipState(key);
  const whole = octets.length - (octets.length % 8);
  for (let at = 0; at < whole; at += 8) state.take(word(octets, at), word(octets, at + 4));

  const last = new Uint8Array(8);
  last.set(octets.subarray(whole));
  last[7] = octets.length & 0xff;
  state.take(word(last, 0), word(last, 4));
  return state.finish();
}

function word(octets: Uint8Array, at: number): number {
  return octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24);
}

/** Four 64-bit words v0 … v3, each as its lower half followed by its upper half. */
class SipState {
  readonly #v: Int32Array;

  constructor(key: Secret) {
    const [k0, k1, k2, k3] = key;
    this.#v = Int32Array.of(
      k0 ^ 0x70736575,
      k1 ^ 0x736f6d65,
      k2 ^ 0x6e646f6d,
      k3 ^ 0x646f7261,
      k0 ^ 0x6e657261,
      k1 ^ 0x6c796765,
      k2 ^ 0x79746573,
      k3 ^ 0x74656462,
    );
  }

  take(lower: number, upper: number): void {
    this.#v[6]! ^= lower;
    this.#v[7]! ^= upper;
    this.#round();
    this.#round();
    this.#v[0]! ^= lower;
    this.#v[1]! ^= upper;
  }

  finish(): [number, number] {
    const v = this.#v;
    v[4]! ^= 0xff;
    for (let i = 0; i < 4; i++) this.#round();
    return [(v[0]! ^ v[2]! ^ v[4]! ^ v[6]!) >>> 0, (v[1]! ^ v[3]! ^ v[5]! ^ v[7]!) >>> 0];
  }

  #round(): void {
    this.#half(0, 2, 13, 4, 6, 16);
    this.#turn(0);
    this.#half(4, 2, 17, 0, 6, 21);
    this.#turn(4);
  }

  /** a += b; b = (b <<< bBits) ^ a; c += d; d = (d <<< dBits) ^ c. */
  #half(a: number, b: number, bBits: number, c: number, d: number, dBits: number): void {
    this.#add(a, b);
    this.#rotate(b, bBits);
    this.#xor(b, a);
    this.#add(c, d);
    this.#rotate(d, dBits);
    this.#xor(d, c);
  }

  #add(to: number, from: number): void {
    const v = this.#v;
    const lower = (v[to]! >>> 0) + (v[from]! >>> 0);
    v[to] = lower | 0;
    v[to + 1] = (v[to + 1]! + v[from + 1]! + (lower > 0xffffffff ? 1 : 0)) | 0;
  }

  #xor(to: number, from: number): void {
    this.#v[to]! ^= this.#v[from]!;
    this.#v[to + 1]! ^= this.#v[from + 1]!;
  }

  #rotate(at: number, bits: number): void {
    const lower = this.#v[at]!;
    const upper = this.#v[at + 1]!;
    this.#v[at] = (lower << bits) | (upper >>> (32 - bits));
    this.#v[at + 1] = (upper << bits) | (lower >>> (32 - bits));
  }

  /** Rotates by 32: the halves change places. */
  #turn(at: number): void {
    const lower = this.#v[at]!;
    this.#v[at] = this.#v[at + 1]!;
    this.#v[at + 1] = lower;
  }
}
