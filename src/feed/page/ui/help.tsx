// What the keys do, and what the marks in the plots mean.
import { useEffect, useRef } from 'preact/hooks';

const KEYS: readonly (readonly [string, string])[] = [
  ['space', 'play, pause'],
  ['← →', 'the packet before, the next packet; in the gallery, the sample'],
  ['Z', 'the next zero window'],
  ['P', 'the next zero-window probe'],
  ['B', 'the next time the sender was blocked for 50 ms or more'],
  ['R', 'the next retransmission'],
  ['Home, End', 'the beginning, the end'],
  ['A', 'all of the run'],
  ['L', 'follow what is live'],
  ['?', 'this'],
];

const MARKS: readonly (readonly [string, string])[] = [
  ['S, F', 'SYN, FIN'],
  ['Z', 'the receiver closed its window'],
  ['P', 'a zero-window probe'],
  ['R', 'sent again'],
];

export function Help({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-label="Keys and marks" onClose={close}>
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p>In the plots a click moves the cursor, a drag chooses a stretch of time, a double click shows all.</p>
      <h2>Marks</h2>
      <dl>
        {MARKS.map(([mark, what]) => (
          <div key={mark}>
            <dt>
              <b>{mark}</b>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" class="main">
          close
        </button>
      </form>
    </dialog>
  );
}
