// Octets a second in bins of the plot: what was acknowledged, what the receiver's application read, and what one window each
// round trip would give.
import { type Flow } from './run.ts';

/** x in seconds, then three columns of numbers or gaps. */
type Columns = [number[], ...(number | null)[][]];

/** Bins are no shorter than this, or the rate of a single segment would be infinite. */
const LEAST_BIN = 20e6;
const MOST_BINS = 160;
const NICE = [20e6, 50e6, 100e6, 200e6, 500e6, 1e9, 2e9, 5e9, 10e9, 30e9, 60e9, 300e9, 600e9, 3_600e9];

export function rates(flow: Flow, fromNs: number, untilNs: number): { columns: Columns; binNs: number } {
  const wanted = Math.max(LEAST_BIN, (untilNs - fromNs) / MOST_BINS);
  const binNs = NICE.find((bin) => bin >= wanted) ?? wanted;
  const columns: Columns = [[], [], [], []];
  const [x, acked, read, law] = columns;
  const { rows: sender, unseen } = flow.ends[0].fold;
  const receiver = flow.ends[1].fold;
  const until = Math.min(untilNs, flow.endNs);
  for (let at = Math.floor(Math.max(fromNs, flow.beginNs) / binNs) * binNs; at < until; at += binNs) {
    const [a, b] = [sender.at(at), sender.at(Math.min(at + binNs, flow.endNs))];
    if (b < 0) continue;
    const seconds = binNs / 1e9;
    x.push(at / 1e9);
    const isSeen = unseen.within(at, at + binNs) === 0;
    acked!.push(isSeen ? Math.max(0, sender.get('una', b) - (a < 0 ? 0 : sender.get('una', a))) / seconds : null);
    read!.push(isReadTold(receiver, at, at + binNs) ? readIn(receiver.rows, at, at + binNs) / seconds : null);
    const [wnd, srtt] = [sender.get('wnd', b), sender.get('srtt', b)];
    law!.push(isSeen && Number.isFinite(wnd) && srtt > 0 ? (wnd / srtt) * 1e9 : null);
  }
  // Each bin is drawn until the next begins; the last until its own end.
  if (x.length > 0) {
    x.push(Math.min(x.at(-1)! + binNs / 1e9, until / 1e9));
    for (const series of [acked!, read!, law!]) series.push(series.at(-1) ?? null);
  }
  return { columns, binNs };
}

function isReadTold({ isExact, unseen, unseenReads }: Flow['ends'][1]['fold'], from: number, until: number): boolean {
  return isExact && unseen.within(from, until) + unseenReads.within(from, until) === 0;
}

function readIn(rows: Flow['ends'][1]['fold']['rows'], from: number, until: number): number {
  const [a, b] = [rows.at(from), rows.at(until)];
  return b < 0 ? 0 : Math.max(0, (rows.get('read', b) || 0) - (a < 0 ? 0 : rows.get('read', a) || 0));
}
