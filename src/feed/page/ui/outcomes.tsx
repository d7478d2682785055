// What a scenario measured beside what was expected of it.
import { type Run } from '../data/index.ts';

const SIGNS = { met: '✓', missed: '✗', 'not judged': '–' } as const;

export function Outcomes({ run }: { run: Run }) {
  return (
    <div class="outcomes">
      <ul class="outcomes" aria-label="Measured">
        {run.outcomes.map(({ measure, measured, expected, verdict, source }, index) => (
          <li key={index} class={`verdict-${verdict.replace(' ', '-')}`} title={source}>
            <span aria-label={verdict}>{SIGNS[verdict]}</span> {measure} <b>{measured}</b>
            {expected !== '' && expected !== measured && <small> expected {expected}</small>}
          </li>
        ))}
      </ul>
      <button type="button" class="quiet" onClick={() => void save(run)}>
        save both recordings
      </button>
    </div>
  );
}

/** As pcapng files, which Wireshark and `sash trace` read. */
async function save(run: Run): Promise<void> {
  for (const { name, octets } of run.files) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob(octets as Uint8Array<ArrayBuffer>[]));
    link.download = name;
    link.click();
    await new Promise((resolve) => setTimeout(resolve, 200));
    URL.revokeObjectURL(link.href);
  }
}
