// A text with its lines numbered; the line that is wrong is marked.
import { useRef } from 'preact/hooks';
import { type Wrong } from '../view/scenario-text.ts';

export function Editor({
  text,
  wrong,
  change,
}: {
  text: string;
  wrong: Wrong | undefined;
  change: (text: string) => void;
}) {
  const gutter = useRef<HTMLDivElement>(null);
  const lines = text.split('\n').length;
  return (
    <div class="editor">
      <div ref={gutter} class="gutter" aria-hidden="true">
        {Array.from({ length: lines }, (_, index) => (
          <span key={index} class={wrong?.line === index + 1 ? 'wrong' : ''}>
            {index + 1}
          </span>
        ))}
      </div>
      <textarea
        aria-label="Scenario, YAML"
        aria-invalid={wrong !== undefined}
        spellcheck={false}
        autocomplete="off"
        wrap="off"
        rows={Math.min(28, Math.max(10, lines + 1))}
        value={text}
        onInput={(event) => change(event.currentTarget.value)}
        onScroll={(event) => {
          if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
