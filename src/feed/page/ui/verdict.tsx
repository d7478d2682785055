// One sentence on who waits for whom at the cursor, with its evidence.
import { useMemo } from 'preact/hooks';
import { type Flow, verdictAt } from '../data/index.ts';
import { useView } from '../view/use.ts';

const WHOSE = {
  receiver: 'receiver',
  network: 'network',
  application: 'application',
  sender: 'sender',
  nobody: 'flowing',
  unknown: 'unknown',
} as const;

export function VerdictBar({ flow, name = 'Verdict' }: { flow: Flow; name?: string }) {
  const view = useView();
  const { length } = flow.ends[0].fold.rows;
  const isWhole = view.run?.isGrowing === false;
  const verdict = useMemo(() => verdictAt(flow, view.cursorNs, isWhole), [flow, view.cursorNs, length, isWhole]);
  return (
    <section class={`verdict fault-${verdict.fault}`} aria-label={name}>
      <span class="badge">{WHOSE[verdict.fault]}</span>
      <p>
        <strong>{verdict.sentence}</strong> <span>{verdict.evidence}</span>
      </p>
    </section>
  );
}
