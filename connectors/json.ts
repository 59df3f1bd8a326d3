/** Reads JSON from outside without losing digits: whole numbers that a float cannot hold become strings. */

/** Parses JSON text; integers beyond 2^53 come out as their own digits. Throws SyntaxError on anything that is not JSON. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    context?.source &&
    /^-?\d+$/.test(context.source)
      ? context.source
      : value,
  )
}
