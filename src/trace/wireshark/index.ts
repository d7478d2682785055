// The verdicts of Wireshark 4.0.17 on every packet of a capture.
export { comparable, fieldsOf, TSHARK_FIELDS } from './fields.ts';
export { FLAG_TEXTS, infoOf, numbersOf } from './info.ts';
export {
  COMPLETENESS,
  FLAG_NAMES,
  flagBit,
  type FlagName,
  flagNames,
  SCALE_UNKNOWN,
  SCALE_UNUSED,
  type Severity,
  severityOf,
  Verdict,
} from './verdict.ts';
export { Wireshark } from './wireshark.ts';
