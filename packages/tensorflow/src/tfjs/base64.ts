/** The bytes, where what is no digit is looked over, as Node does. */
export function base64Bytes(text: string): Uint8Array {
  const digits = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replaceAll(/[^A-Za-z0-9+/]/g, '');
  // A digit alone holds no byte.
  return Uint8Array.from(atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits), (char) =>
    char.charCodeAt(0),
  );
}
