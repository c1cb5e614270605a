/* Ids of objects and diffs: version 4. */

/** randomUUID() is for secure pages alone. */
export function uuid() {
  if (globalThis.crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const digits = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return [digits.slice(0, 8), digits.slice(8, 12), '4' + digits.slice(13, 16),
    '89ab'[bytes[8] & 3] + digits.slice(17, 20), digits.slice(20)].join('-');
}
