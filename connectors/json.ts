/** Reads JSON from outside without losing digits: whole numbers that a float cannot hold become strings. */

/** Fewer digits in a row than this hold no number beyond 2^53: such a text needs no second look, which costs five times the parsing. */
const manyDigits = /\d{16}/

/** Parses JSON text; integers beyond 2^53 come out as their own digits. Throws SyntaxError on anything that is not JSON. */
export function parseJson(text: string): unknown {
  if (!manyDigits.test(text)) return JSON.parse(text)
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
