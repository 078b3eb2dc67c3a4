const encoder = new TextEncoder();

/** Whether a string takes at most so many bytes in UTF-8. Encodes only where the length in UTF-16 units does not tell. */
export function fitsBytes(text: string, limit: number): boolean {
  if (text.length > limit) return false;
  return text.length * 3 <= limit || encoder.encode(text).length <= limit;
}
