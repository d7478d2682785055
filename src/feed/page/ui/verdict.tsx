// One sentence on who waits for whom at the cursor, with its evidence.
import { useMemo } from 'preact/hooks';
import { type Flow, type Verdict, verdictAt } from '../data/index.ts';
import { useView } from '../view/use.ts';

const WHOSE = {
  receiver: 'receiver',
  network: 'network',
  application: 'application',
  sender: 'sender',
  unknown: 'unknown',
} as const;

function badgeOf({ fault, reason }: Verdict): string {
  if (fault !== 'nobody') return WHOSE[fault];
  if (reason === 'handshake') return 'opening';
  return reason === 'closing' ? 'closing' : 'flowing';
}

export function VerdictBar({ flow, name = 'Verdict' }: { flow: Flow; name?: string }) {
  const view = useView();
  const { length } = flow.ends[0].fold.rows;
  const isWhole = view.run?.isGrowing === false;
  const verdict = useMemo(() => verdictAt(flow, view.cursorNs, isWhole), [flow, view.cursorNs, length, isWhole]);
  return (
    <section class={`verdict fault-${verdict.fault}`} aria-label={name}>
      <span class="badge">{badgeOf(verdict)}</span>
      <p>
        <strong>{verdict.sentence}</strong> <span>{verdict.evidence}</span>
      </p>
    </section>
  );
}
