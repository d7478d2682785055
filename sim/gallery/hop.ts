// A hop of the commonest kind, and how systems differ from it.
import { CreditGate } from './gates.ts';
import { type Gate, type Hop, type Rule, type Unit } from './model.ts';
import { Batched, Mute, type BatchedSpec } from './rules.ts';

const one = (): number => 1;
const octets = (count: number): number => count;

/** A gate that obeys what it hears, a rule that says nothing, items that travel whole. */
export function hop(unit: Unit, rest: Partial<Hop> = {}): Hop {
  const isOctets = unit === 'octets';
  const isFilled = unit === 'buffers' || unit === 'batches';
  return {
    unit,
    cost: isOctets ? octets : one,
    charge: isFilled ? 'piece' : 'part',
    frame: isOctets ? 16_384 : Infinity,
    divides: isOctets && (rest.frame ?? 0) < Infinity,
    packs: isFilled,
    enforcement: 'mandatory',
    gate: (): Gate => new CreditGate(),
    rule: (): Rule => new Mute(),
    sendsOn: 'when-open',
    streams: 'separate',
    place: 'link',
    ...rest,
  };
}

/** "W at first, m more whenever m are consumed." */
export function batched(unit: Unit, spec: BatchedSpec, rest: Partial<Hop> = {}): Hop {
  return hop(unit, { rule: () => new Batched(spec), ...rest });
}
