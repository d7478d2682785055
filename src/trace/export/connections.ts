// What exporters know of each connection of a file: its two ends, sequence numbers that do not wrap, and how windows are scaled.
// One for each conversation and point of view, so that the same connection seen twice in one file is not mixed up.
import { ACK, SYN } from '../../tcp/index.ts';
import { SequenceLine } from '../sequence-line.ts';
import {
  type CongestionChanges,
  type Direction,
  type Endpoint,
  type Happening,
  type Seen,
  type SegmentPasses,
} from '../vocabulary.ts';

/** Connections that are known at one time; the one that was met first is forgotten first. */
export const MAX_CONNECTIONS = 65_536;

export class ConnectionView {
  /** As in `tcp.stream`. */
  readonly conversation: number;
  readonly interfaceId: number;
  /** Who looks: `sender`, `link`; '' in captures of others. */
  label = '';
  local: Endpoint | undefined = undefined;
  remote: Endpoint | undefined = undefined;
  /** What was told last of the onlooker's congestion control. */
  congestion: CongestionChanges | undefined = undefined;
  /** By direction: sequence numbers from the ISN on, which count as 0 where the SYN was seen, and else from 1. */
  readonly lines: Readonly<Record<Direction, SequenceLine>> = { in: new SequenceLine(), out: new SequenceLine() };
  /** Of the SYNs: the shift offered, -1 for none; undefined where no SYN was seen. */
  readonly #shifts: Record<Direction, number | undefined> = { in: undefined, out: undefined };

  constructor(conversation: number, interfaceId: number) {
    this.conversation = conversation;
    this.interfaceId = interfaceId;
  }

  take({ direction, flags, seq, windowScale }: SegmentPasses): void {
    if ((flags & SYN) === 0) return;
    this.lines[direction].anchor(seq, 0);
    this.#shifts[direction] = windowScale ?? -1;
  }

  /** SEG.WND in octets; undefined where the handshake was not seen, for then nobody knows the scale. */
  windowOctets({ direction, flags, wnd }: SegmentPasses): number | undefined {
    if ((flags & SYN) !== 0) return wnd; // never scaled (RFC 7323 §2.2)
    const own = this.#shifts[direction];
    const other = this.#shifts[opposite(direction)];
    if (own === undefined || other === undefined) return undefined;
    return own < 0 || other < 0 ? wnd : wnd * 2 ** own;
  }

  /** SEG.SEQ from the ISN on. */
  seq({ direction, seq }: SegmentPasses): number {
    return this.lines[direction].offset(seq);
  }

  /** SEG.ACK from the other side's ISN on; undefined where the segment acknowledges nothing. */
  ack({ direction, flags, ack }: SegmentPasses): number | undefined {
    return (flags & ACK) === 0 ? undefined : this.lines[opposite(direction)].offset(ack);
  }

  /** Who sent it, and to whom. */
  path({ direction, sourcePort, destinationPort }: SegmentPasses): { source: Endpoint; destination: Endpoint } {
    const [from, to] = direction === 'out' ? [this.local, this.remote] : [this.remote, this.local];
    return {
      source: { address: from?.address ?? '', port: sourcePort },
      destination: { address: to?.address ?? '', port: destinationPort },
    };
  }
}

export function opposite(direction: Direction): Direction {
  return direction === 'in' ? 'out' : 'in';
}

/** All connections of a file, as happenings come. */
export class Connections {
  readonly #views = new Map<string, ConnectionView>();
  /** Points of view by interface. */
  readonly #labels = new Map<number, { label: string; local: Endpoint; remote: Endpoint }>();
  #recordings = -1;
  #latest = new ConnectionView(0, 0);

  /** The one that the happening is of: a record is of the connection that was met last at its interface. */
  take(happening: Happening): ConnectionView {
    const interfaceId = happening.interfaceId ?? 0;
    if (happening.type === 'recording') {
      if (interfaceId === 0) this.#recordings++;
      const { label, local, remote } = happening;
      this.#labels.set(interfaceId, { label, local, remote });
      return this.#begin(interfaceId === 0 ? this.#recordings : 0, interfaceId, { label, local, remote });
    }
    if (happening.type === 'conversation') {
      const { conversation, local, remote } = happening;
      const label = this.#labels.get(interfaceId)?.label ?? '';
      return this.#begin(conversation, interfaceId, { label, local, remote });
    }
    if (happening.type !== 'segment') {
      const view = this.#of(this.#latest.conversation, interfaceId);
      if (happening.type === 'congestion') view.congestion = happening;
      return view;
    }
    const view = this.#of(happening.conversation ?? 0, interfaceId);
    view.take(happening);
    return view;
  }

  #begin(
    conversation: number,
    interfaceId: number,
    { label, local, remote }: { label: string; local: Endpoint; remote: Endpoint },
  ): ConnectionView {
    this.#views.delete(`${interfaceId} ${conversation}`);
    const view = this.#of(conversation, interfaceId);
    view.label = label;
    view.local = local;
    view.remote = remote;
    return view;
  }

  #of(conversation: number, interfaceId: number): ConnectionView {
    const latest = this.#latest;
    const key = `${interfaceId} ${conversation}`;
    if (latest.conversation === conversation && latest.interfaceId === interfaceId && this.#views.has(key))
      return latest;
    let view = this.#views.get(key);
    if (view === undefined) {
      view = new ConnectionView(conversation, interfaceId);
      const first = this.#views.get(`0 ${conversation}`);
      const seen = this.#labels.get(interfaceId);
      view.label = seen?.label ?? '';
      view.local = first?.local ?? seen?.local;
      view.remote = first?.remote ?? seen?.remote;
      this.#views.set(key, view);
      if (this.#views.size > MAX_CONNECTIONS) this.#views.delete(this.#views.keys().next().value!);
    }
    this.#latest = view;
    return view;
  }
}

export type SegmentSeen = SegmentPasses & Seen;
