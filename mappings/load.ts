/** Checks a data file when it is loaded, so that a broken one stops the start with its name, the place in it and the reason. */

import type { ZodType } from 'zod'

/** `file` is the name as people find it: `mappings/markets.json`. */
export function readMapping<T>(file: string, schema: ZodType<T>, data: unknown): T {
  const read = schema.safeParse(data)
  if (read.success) return read.data
  const places = read.error.issues.map(
    ({ path, message }) => `at ${path.map(String).join('.') || 'the top'}: ${message}`,
  )
  throw new Error(`${file} cannot be used: ${places.join('; ')}`)
}
