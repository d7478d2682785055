// What a plot shows, as numbers: for those who do not see it, and for those who want to know.

interface Row {
  time: string;
  /** One for each series, where there is one. */
  values: readonly (number | null | undefined)[];
}

/** `time`: what the first column is called. */
export function PointsTable(props: {
  label: string;
  caption: string;
  time: string;
  kind: { series: readonly { label: string }[]; format: (value: number) => string };
  rows: readonly Row[];
}) {
  const { label, caption, time, rows } = props;
  const { series, format } = props.kind;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`${label}, as a table`}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{time}</th>
            {series.map((one) => (
              <th scope="col" key={one.label}>
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              <th scope="row">{row.time}</th>
              {series.map((one, column) => {
                const value = row.values[column] ?? null;
                return <td key={one.label}>{value === null ? '—' : format(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
