// The few signs that buttons carry, drawn so that they look the same everywhere.

const PATHS = {
  play: 'M4 2.5 L13 8 L4 13.5 Z',
  pause: 'M4 2.5 h3 v11 h-3 Z M9 2.5 h3 v11 h-3 Z',
  back: 'M12.5 2.5 L5.5 8 L12.5 13.5 Z M3 2.5 h2 v11 h-2 Z',
  on: 'M3.5 2.5 L10.5 8 L3.5 13.5 Z M11 2.5 h2 v11 h-2 Z',
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
