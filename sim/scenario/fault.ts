// What is wrong with a scenario: where, as a path of keys, which whoever parsed the file can turn into a line; and a sentence.

export type Path = readonly (string | number)[];

export class ScenarioFault extends Error {
  override readonly name = 'ScenarioFault';
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}

/** `flows[0].write.bulk` */
export function writePath(path: Path): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else text += text === '' ? key : `.${key}`;
  }
  return text;
}
