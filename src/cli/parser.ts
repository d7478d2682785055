// How yargs is to read a command line.

/** Words as they are given: nothing becomes a number, and no flag has a second name. */
export const AS_GIVEN = {
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
};

/** The same where a name or a flag may be given more than once. */
export const SEVERAL = { ...AS_GIVEN, 'duplicate-arguments-array': true };
