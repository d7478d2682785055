// A flow with the eyes of the other end: its sender is the receiver, and the other way round. Nothing is copied: what the flow
// learns, its turned face shows.
import { type End, type Flow, type Side, type Vantage } from './run.ts';

const FLOWS = new WeakMap<Flow, Flow>();
const VANTAGES = new WeakMap<Vantage, Vantage>();

/** The same object each time. */
export function turned(flow: Flow): Flow {
  let face = FLOWS.get(flow);
  if (face === undefined) {
    const ends: [End, End] = [withSide(flow.ends[1], 0), withSide(flow.ends[0], 1)];
    face = Object.create(flow, {
      ends: { value: ends },
      vantages: { get: () => flow.vantages.map(turnedVantage) },
    }) as Flow;
    FLOWS.set(flow, face);
  }
  return face;
}

function turnedVantage(vantage: Vantage): Vantage {
  let face = VANTAGES.get(vantage);
  if (face === undefined) {
    face = withSide(vantage, vantage.side === 0 ? 1 : 0);
    VANTAGES.set(vantage, face);
  }
  return face;
}

function withSide<T extends { side: Side }>(of: T, side: Side): T {
  return Object.create(of, { side: { value: side, enumerable: true } }) as T;
}
