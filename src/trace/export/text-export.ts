// What every export to text has in common: happenings in, pieces of the file out, in constant memory.
import { toJsonLine } from '../jsonl.ts';
import { type Happening } from '../vocabulary.ts';

export interface TextExport {
  /** What the happening adds to the file; '' where that is nothing. */
  take(happening: Happening): string;
  /** What comes last. */
  end(): string;
}

/** A JSON document a line: every happening, its fields as in the vocabulary. */
export class JsonLinesExport implements TextExport {
  take(happening: Happening): string {
    return `${toJsonLine(happening)}\n`;
  }

  end(): string {
    return '';
  }
}
