// Who waits for whom, in a run that did not end by itself.
import { formatDuration } from '../../src/app/index.ts';
import { type Instant, NEVER, REASON_MEANINGS, type State } from '../../src/tcp/index.ts';
import { type FlowRun } from './flow-run.ts';

/** A sentence for each end that waits: `a waits for b: zero window; b's reader stops for ever`. */
export function whoWaits(flow: FlowRun, now: Instant): string[] {
  if (flow.isFinished) return [];
  const { from, to, name } = flow.plan;
  const { connection } = flow.sender;
  if (connection.state === 'CLOSED') {
    return [
      `${name}: ${from} has given up (${connection.failure ?? 'closed'}); ${to} waits for it, in ${stateThere(flow)}`,
    ];
  }
  if (connection.reason === 'nothing-queued') return [`${name}: ${from}'s writer gives nothing, and does not close`];
  return [`${name}: ${from} waits for ${to}: ${why(flow)}${readerClause(flow, now)}`];
}

function why(flow: FlowRun): string {
  const { connection } = flow.sender;
  switch (connection.reason) {
    case 'handshake':
      return 'no answer to its SYN has come';
    case 'zero-window':
      return connection.nextDeadline() === NEVER ? 'zero window, and no probe is due' : 'zero window';
    case 'closing':
      return `its FIN is sent, and the other end is in ${stateThere(flow)}`;
    default:
      return REASON_MEANINGS[connection.reason];
  }
}

function stateThere(flow: FlowRun): State {
  return flow.receiving?.connection.state ?? 'CLOSED';
}

function readerClause(flow: FlowRun, now: Instant): string {
  const { read, to } = flow.plan;
  if (read.kind !== 'plan') return '';
  const { rate, left } = read.plan.at(Math.max(0, now - flow.openedAt));
  if (rate > 0) return '';
  return left === NEVER
    ? `; ${to}'s reader stops for ever`
    : `; ${to}'s reader stops for another ${formatDuration(left)}`;
}
