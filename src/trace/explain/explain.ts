// The answer: both ends at the moment, what happened, or why nothing did.
import { type Side } from '../track/index.ts';
import { endpointText } from '../words.ts';
import { packetRule, type Rule } from './packet-words.ts';
import { type Silence, silenceOf } from './silence-words.ts';
import { type EndView, type PacketView } from './view.ts';
import { type Moment, type Watcher } from './watcher.ts';

export interface Explanation {
  stream: number;
  /** `address:port` of either end. */
  ends: [string, string];
  /** The ends' state just before, each from the best point of view there is. */
  views: [EndView, EndView];
  /** Where each view comes from. */
  sources: [Source, Source];
  /** The windows' scale is not known: they are in the header's own units. */
  isUnscaled: boolean;
  before: PacketView | undefined;
  /** What happened: the packet asked for. */
  packet: { view: PacketView; rule: Rule } | undefined;
  /** Or what did not: for each end, why, and between which packets of it. */
  silences: [Silenced, Silenced];
  moment: Moment;
}

export type Source =
  'recorded there' | 'its packets, seen there' | 'its packets, seen at the other end' | 'its packets';

export interface Silenced {
  silence: Silence;
  last: PacketView | undefined;
  next: PacketView | undefined;
}

/** @param watchers points of view of one connection; the first is the one that the packets are numbered by */
export function explain(watchers: readonly Watcher[]): Explanation | undefined {
  const main = watchers.find(({ isFound }) => isFound) ?? watchers[0];
  const moment = main?.moment;
  if (main === undefined || moment === undefined) return undefined;
  const { between } = main.subject;
  const chosen = ([0, 1] as const).map((side) => bestView(watchers, main, side));
  const views: [EndView, EndView] = [chosen[0]!.view, chosen[1]!.view];
  const { packet } = moment;
  return {
    stream: between.index,
    ends: [endpointText(between.ends[0]), endpointText(between.ends[1])],
    views,
    sources: [chosen[0]!.source, chosen[1]!.source],
    isUnscaled: !main.track.hasHandshake,
    before: moment.before,
    packet:
      packet === undefined
        ? undefined
        : { view: packet, rule: packetRule(packet, views[packet.side], views[packet.side === 0 ? 1 : 0]) },
    silences: [silenced(views[0], moment, 0), silenced(views[1], moment, 1)],
    moment,
  };
}

/** The recording made there, if there is one; else the one that is nearest. */
function bestView(watchers: readonly Watcher[], main: Watcher, side: Side): { view: EndView; source: Source } {
  for (const { moment } of watchers) {
    const view = moment?.ends[side];
    if (view !== undefined && view.told !== null) return { view, source: 'recorded there' };
  }
  const near = watchers.find(({ track, moment }) => track.vantage.near === side && moment !== undefined);
  if (near !== undefined) return { view: near.moment!.ends[side], source: 'its packets, seen there' };
  const view = main.moment!.ends[side];
  const isAtOther = main.track.vantage.near !== undefined;
  return { view, source: isAtOther ? 'its packets, seen at the other end' : 'its packets' };
}

function silenced(view: EndView, { lastOf, nextOf }: Moment, side: Side): Silenced {
  return { silence: silenceOf(view), last: lastOf[side], next: nextOf[side] };
}
