// CRC-32 (IEEE 802.3), for the pieces of a file on a bad line and for knowing a file again; crypto.subtle is missing
// where a page is opened without https.

const TABLE = new Uint32Array(256).map((_, number) => {
  let value = number;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The four octets, highest first. */
export function crc32(octets) {
  let value = 0xffffffff;
  for (let i = 0; i < octets.length; i += 1) value = TABLE[(value ^ octets[i]) & 0xff] ^ (value >>> 8);
  value ^= 0xffffffff;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
}

/** As the header Upload-Checksum wants it. */
export const checksum = (octets) => `crc32 ${btoa(String.fromCharCode(...crc32(octets)))}`;

const EDGE = 256 * 1024;

/** Head and tail of a file in a few letters: the same file picked again is known by it, its name and its size. */
export async function mark(file) {
  const parts = [file.slice(0, EDGE), file.slice(Math.max(0, file.size - EDGE))];
  const sums = await Promise.all(parts.map(async (part) => crc32(new Uint8Array(await part.arrayBuffer()))));
  return sums.map((sum) => sum.map((octet) => octet.toString(16).padStart(2, "0")).join("")).join("-");
}
