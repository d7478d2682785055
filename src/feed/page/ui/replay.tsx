// The replay tab: recordings and captures dropped on the page or chosen, or those that the page was served with; read here and
// nowhere else.
import { useEffect, useRef, useState } from 'preact/hooks';
import { FileFault, readFiles } from '../source/file.ts';
import { fetchFiles } from '../source/served.ts';
import { useView } from '../view/use.ts';
import { Workbench } from './workbench.tsx';

/** `served`: how many recordings there are where the page came from. */
export function Replay({ served }: { served: number }) {
  const view = useView();
  const input = useRef<HTMLInputElement>(null);
  const [share, setShare] = useState<number>();
  const [wrong, setWrong] = useState('');
  const [isOver, setOver] = useState(false);

  const open = async (chosen: readonly File[] | Promise<File[]>): Promise<void> => {
    setWrong('');
    try {
      const files = await chosen;
      if (files.length === 0) return;
      setShare(0);
      const run = await readFiles(files, (read) => setShare(read));
      view.show(run, 'beginning');
    } catch (error) {
      setWrong(error instanceof FileFault ? error.message : `The file could not be read: ${String(error)}`);
    } finally {
      setShare(undefined);
    }
  };
  useEffect(() => {
    if (served > 0 && view.run === undefined) void open(fetchFiles(served));
  }, [served]);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      setOver(event.type === 'dragover');
      if (event.type === 'drop') void open([...(event.dataTransfer?.files ?? [])]);
    };
    for (const type of ['dragover', 'dragleave', 'drop'] as const) addEventListener(type, over);
    return () => {
      for (const type of ['dragover', 'dragleave', 'drop'] as const) removeEventListener(type, over);
    };
  });

  const isEmpty = view.run === undefined;
  return (
    <>
      <div class={`open${isEmpty ? ' first' : ''}${isOver ? ' over' : ''}`}>
        {isEmpty && (
          <>
            <h2>Replay a recording or a capture</h2>
            <p>
              Drop one here: what <code>--record</code> writes, or any pcap or pcapng of Wireshark, tcpdump or Linux.
              Two files, one of each host, become one picture. Nothing leaves this tab.
            </p>
          </>
        )}
        {!isEmpty && <b>{view.run!.title}</b>}
        <input
          ref={input}
          type="file"
          multiple
          class="unseen"
          tabIndex={-1}
          aria-label="Files to replay"
          onChange={(event) => void open([...(event.currentTarget.files ?? [])])}
        />
        <button type="button" class={isEmpty ? 'main' : 'quiet'} onClick={() => input.current!.click()}>
          {isEmpty ? 'choose files' : 'open others'}
        </button>
        {share !== undefined && <progress max={1} value={share} aria-label="Reading" />}
        <span role="status" class="trouble">
          {wrong}
        </span>
      </div>
      {!isEmpty && <Workbench />}
    </>
  );
}
