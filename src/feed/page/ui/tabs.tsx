// Tabs: one of several panels is shown; arrow keys go from one to the next (WAI-ARIA's pattern).
import { type ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';

interface TabsProps<Name extends string> {
  name: string;
  tabs: readonly (readonly [Name, string])[];
  chosen: Name;
  choose: (name: Name) => void;
  children: ComponentChildren;
  /** Stand beside the tabs. */
  before?: ComponentChildren;
  aside?: ComponentChildren;
}

export function Tabs<Name extends string>({ name, tabs, chosen, choose, children, before, aside }: TabsProps<Name>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const key = (event: KeyboardEvent): void => {
    const way = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (way === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = tabs.findIndex(([tab]) => tab === chosen);
    const next = tabs[(at + way + tabs.length) % tabs.length]!;
    choose(next[0]);
    list.current?.querySelector<HTMLElement>(`#${CSS.escape(`${id}-${next[0]}`)}`)?.focus();
  };
  return (
    <>
      <div class="tabline">
        {before}
        <div ref={list} class="tabs" role="tablist" aria-label={name} onKeyDown={key}>
          {tabs.map(([tab, title]) => (
            <button
              key={tab}
              type="button"
              role="tab"
              id={`${id}-${tab}`}
              aria-selected={tab === chosen}
              aria-controls={`${id}-panel`}
              tabIndex={tab === chosen ? 0 : -1}
              onClick={() => choose(tab)}
            >
              {title}
            </button>
          ))}
        </div>
        {aside}
      </div>
      <div id={`${id}-panel`} class="panel" role="tabpanel" aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </>
  );
}
