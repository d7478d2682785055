// Follows every connection of a capture to the moment that is asked for, each from every point of view that there is.
import { type PassingBetween, Study, type Subject, type Track } from '../track/index.ts';
import { type CaptureSink } from '../capture/index.ts';
import { type Happening } from '../vocabulary.ts';
import { type Asked, Watcher } from './watcher.ts';

/** Happenings before a recording's first packet that are kept for it. */
const MOST_EARLY = 1_000;

type Packet = Parameters<CaptureSink['packet']>[0] & PassingBetween;

export class Watch {
  readonly #asked: Asked;
  readonly #study: Study<Packet, Watcher>;
  /** By interface: what was told before the connection's first packet, and whose it is from then on. */
  readonly #early = new Map<number, Happening[]>();
  readonly #own = new Map<number, Watcher>();

  constructor(asked: Asked) {
    this.#asked = asked;
    this.#study = new Study({ make: (track, subject) => this.#make(track, subject) });
  }

  /** All points of view of all connections. */
  get watchers(): readonly Watcher[] {
    return this.#study.connections;
  }

  packet(packet: Packet): void {
    this.#study.packet(packet);
  }

  happening(happening: Happening): void {
    this.#study.happening(happening);
    const at = happening.interfaceId ?? 0;
    if (happening.type === 'recording') this.#own.delete(at);
    const own = this.#own.get(at);
    if (own !== undefined) {
      own.happening(happening);
      return;
    }
    const early = this.#early.get(at);
    if (early === undefined) this.#early.set(at, [happening]);
    else if (early.length < MOST_EARLY) early.push(happening);
  }

  #make(track: Track, subject: Subject): Watcher {
    const watcher = new Watcher(track, subject, this.#asked);
    if (subject.recorded === undefined) return watcher;
    for (const happening of this.#early.get(subject.interfaceId) ?? []) watcher.happening(happening);
    this.#early.delete(subject.interfaceId);
    this.#own.set(subject.interfaceId, watcher);
    return watcher;
  }
}
