// The next and the previous thing that happened, and the next of a kind: what the arrow keys and Z, P and B go to.
import { MARK, reasonOf } from '../data/index.ts';
import { type View } from './view.ts';

/** The instant of the segment or event before or after the cursor, selecting the segment. */
export function step(view: View, way: 1 | -1): void {
  const { vantage } = view;
  if (vantage === undefined) return;
  const { segments } = vantage;
  const chosen = view.selected?.vantage === vantage ? segments.rowOf(view.selected.packet) : -1;
  const at = view.cursorNs;
  const isHere = chosen >= 0 && segments.get('at', chosen) === at;
  const last = segments.lastAtMost('at', at);
  const row = isHere ? chosen + way : way === 1 ? last + 1 : segments.get('at', last) === at ? last - 1 : last;
  if (row < 0 || row >= segments.length) return;
  view.select({ vantage, packet: segments.get('packet', row) });
}

export type Aim = 'zero-window' | 'probe' | 'block' | 'retransmission';

/** Goes to the next of its kind after the cursor, or round to the first; false where there is none. */
export function goTo(view: View, aim: Aim): boolean {
  if (aim === 'block') return goToBlock(view);
  const { vantage } = view;
  if (vantage === undefined) return false;
  const bit = aim === 'zero-window' ? MARK.zero : aim === 'probe' ? MARK.probe : MARK.again;
  const { segments } = vantage;
  const { length } = segments;
  const selected = view.selected?.vantage === vantage ? segments.rowOf(view.selected.packet) : -1;
  const from = Math.max(selected, segments.lastAtMost('at', view.cursorNs));
  for (let n = 1; n <= length; n++) {
    const row = (from + n) % length;
    if ((segments.get('marks', row) & bit) === 0) continue;
    view.select({ vantage, packet: segments.get('packet', row) });
    return true;
  }
  return false;
}

/** A block: the sender stops for a reason that somebody else gives it, for 50 ms at least. */
const LONG_ENOUGH = 50e6;

function goToBlock(view: View): boolean {
  const { flow } = view;
  if (flow === undefined) return false;
  const { rows } = flow.ends[0].fold;
  const { length, column } = rows;
  const from = rows.at(view.cursorNs);
  for (let n = 1; n <= length; n++) {
    const row = (from + n) % length;
    const isNew = row === 0 || column.reason[row] !== column.reason[row - 1];
    if (
      !isNew ||
      ['sending', 'handshake', 'closing', 'unknown', 'nothing-queued'].includes(reasonOf(column.reason[row]!))
    )
      continue;
    let end = row;
    while (end < length - 1 && column.reason[end] === column.reason[row]) end++;
    if (column.at[end]! - column.at[row]! < LONG_ENOUGH) continue;
    view.moveTo(column.at[row]!);
    return true;
  }
  return false;
}
