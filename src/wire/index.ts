// Octets: the TCP header and its options, IPv4 and IPv6, the checksum, and the frames of a stream carrier.
// Decoding gives a literal reason and never throws on what arrived.
export { formatAddress, mapAddress, parseAddress, unmapAddress } from './address.ts';
export { CARRIER_PSEUDO, fillChecksum, isChecksumRight, onesSum, pseudoHeaderSum } from './checksum.ts';
export {
  CARRIER_VERSION,
  checkFrameLength,
  checkPreface,
  CHECKSUMS,
  describeStranger,
  encodePreface,
  FRAME_HEADER,
  type FrameFault,
  MAX_FRAME,
  MIN_FRAME,
  PREFACE_LENGTH,
  prefaceFlags,
  type PrefaceVerdict,
} from './frame.ts';
export {
  DECODE_FAULTS,
  type DecodeFault,
  decodeSegment,
  encodeHeader,
  encodeSegment,
  headerLength,
  MAX_HEADER,
  MIN_HEADER,
  segmentLength,
} from './header.ts';
export {
  decodeIp,
  type IpFault,
  IpHeader,
  ipHeader,
  IpPacket,
  isIpv4ChecksumRight,
  MAX_SEGMENT,
  packetAddresses,
} from './ip.ts';
export { readUint16, readUint32, storeUint16, storeUint32 } from './octets.ts';
