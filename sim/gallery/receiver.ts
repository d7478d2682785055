// The receiving ends of a run: what arrives is let in, buffered or lost; what is taken from the buffer and processed is told to the
// rule that answers for it.
import { type Lane } from './lane.ts';
import { type Hop } from './model.ts';
import { type Run } from './run.ts';
import { type Part, type Piece } from './traffic.ts';

export class Receiver {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  /** The consumer, or the next hop, has taken octets of a part off the buffer. */
  consumed(lane: Lane, part: Part, octets: number, isWhole: boolean): void {
    this.#run.stock.change(isWhole && part.isLast ? -1 : 0, -octets, this.#run.now);
    if (isWhole && part.isLast) lane.itemsQueued--;
    if (isWhole) this.#waited(part);
    const { spec, connection } = lane;
    if (connection?.isCoupled === true) {
      this.#run.say(lane, connection.rule.taken?.(octets, this.#run.viewOf(lane, part.piece)), connection.gate);
    }
    const units = this.#unitsOf(spec, part, octets, isWhole, 'untaken');
    if (units > 0) this.#run.say(lane, lane.rule.taken?.(units, this.#run.viewOf(lane, part.piece)));
  }

  /** It has processed them. */
  processed(lane: Lane, part: Part, octets: number, isWhole: boolean): void {
    const units = this.#unitsOf(lane.spec, part, octets, isWhole, 'undone');
    if (units > 0) this.#run.say(lane, lane.rule.done?.(units, this.#run.viewOf(lane, part.piece)));
  }

  /** A piece has come over the link. */
  arrive(lane: Lane, piece: Piece): void {
    const run = this.#run;
    lane.octetsInFlight -= piece.octets;
    const { connection, rule, spec } = lane;
    for (const part of piece.parts) {
      part.arrivedAt = this.#run.now;
      if (part.item.arrivedAt < 0) part.item.arrivedAt = this.#run.now;
      if (part.isLast) lane.itemsInFlight--;
      this.#admit(lane, part);
      if (spec.charge === 'part')
        this.#run.say(lane, rule.arrived?.(spec.cost(part.octets), this.#run.viewOf(lane, piece)));
    }
    if (spec.charge === 'piece') this.#run.say(lane, rule.arrived?.(piece.units, this.#run.viewOf(lane, piece)));
    if (connection !== undefined) {
      this.#run.say(lane, connection.rule.arrived?.(piece.octets, this.#run.viewOf(lane, piece)), connection.gate);
    }
    run.stock.peaks();
    run.onward(lane);
  }

  #admit(lane: Lane, part: Part): void {
    const wait = lane.door?.arrives(this.#run.now) ?? 0;
    if (wait === 'refused') {
      this.#run.lose(part.item, 'refused');
      return;
    }
    if (part.isLast) lane.itemsQueued++;
    this.#run.stock.change(part.isLast ? 1 : 0, part.octets, this.#run.now);
    if (wait === 0) {
      this.#put(lane, part);
      return;
    }
    lane.octetsAtDoor += part.octets;
    this.#run.agenda.add(this.#run.now + wait, () => {
      lane.octetsAtDoor -= part.octets;
      this.#put(lane, part);
      this.#run.onward(lane);
    });
  }

  #put(lane: Lane, part: Part): void {
    const put = lane.inbox.put(part);
    if (put.outcome === 'kept') return;
    const how = put.outcome === 'refused' ? 'refused' : 'dropped';
    const isAtOnce = put.outcome === 'failed' && lane.inbox.spec.overflow === 'fail-at-once';
    const gone = put.outcome === 'failed' ? [...(isAtOnce ? lane.inbox.clear() : []), part] : put.gone;
    for (const one of gone) this.#discard(lane, one, how);
    if (put.outcome === 'failed') this.#run.fail('the receiver’s buffer overflowed, which is an error here');
  }

  /** A part leaves the buffer for nowhere. */
  #discard(lane: Lane, part: Part, how: 'dropped' | 'refused'): void {
    if (part.isLast) lane.itemsQueued--;
    this.#run.stock.change(part.isLast ? -1 : 0, -part.octets, this.#run.now);
    this.#run.lose(part.item, how);
  }

  /** The head of the queue is dropped (CoDel). */
  dropHead(lane: Lane): void {
    const part = lane.inbox.shift()!;
    this.#discard(lane, part, 'dropped');
  }

  #unitsOf(spec: Hop, part: Part, octets: number, isWhole: boolean, left: 'untaken' | 'undone'): number {
    if (spec.charge === 'piece') {
      if (isWhole) part.piece[left]--;
      return isWhole && part.piece[left] === 0 ? part.piece.units : 0;
    }
    if (spec.divides) return spec.cost(octets);
    return isWhole ? spec.cost(part.item.size) : 0;
  }

  #waited(part: Part): void {
    if (!part.isLast) return;
    this.#run.tally.waitedTotal += this.#run.now - part.arrivedAt;
    this.#run.tally.waitedCount++;
  }
}
