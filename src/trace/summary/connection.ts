// One connection, counted while its packets pass.
import {
  type Between,
  type PassingBetween,
  type Recorded,
  type Studied,
  type Subject,
  type Track,
} from '../track/index.ts';
import { Counts } from './counts.ts';

export class Summed implements Studied<PassingBetween> {
  readonly track: Track;
  readonly between: Between;
  readonly interfaceId: number;
  readonly recorded: Recorded | undefined;
  readonly counts: readonly [Counts, Counts] = [new Counts(), new Counts()];
  /** The numbers of the first and the last packet of it. */
  firstPacket = 0;
  lastPacket = 0;

  constructor(track: Track, { between, interfaceId, recorded }: Subject) {
    this.track = track;
    this.between = between;
    this.interfaceId = interfaceId;
    this.recorded = recorded;
  }

  packet(packet: PassingBetween): void {
    const { what } = this.track;
    if (this.firstPacket === 0) this.firstPacket = packet.number;
    this.lastPacket = packet.number;
    this.counts[packet.side].take(packet, what);
    if (what.changedWindow) this.counts[packet.side === 0 ? 1 : 0].windowUpdatesTaken++;
  }
}
