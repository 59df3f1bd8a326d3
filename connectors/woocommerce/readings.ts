/** What the mappings of orders and of products both need. */

import type { Reading } from '../../src/channel.ts'

/**
 * A key only when there is a value: absent and undefined differ in stored readings. The cast is safe because an object literal
 * with one computed key has exactly that key.
 */
export const optional = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: V })

/** A body that is not of the shape we read, as a reading that names the first thing wrong with it. */
export function unreadable(
  what: string,
  issues: readonly { path: readonly PropertyKey[]; message: string }[],
): Reading {
  const [first] = issues
  const where = first?.path.map(String).join('.') || 'the whole'
  return { kind: 'unreadable', reason: `${what} of a shape we do not know: ${where}: ${first?.message ?? ''}` }
}
