/** `@idempotent(key:)`: a key answers the same request once for 24 hours; which mutations must carry it is a run-time rule. */

import { GraphQLError, type GraphQLResolveInfo, Kind, print, valueFromASTUntyped } from 'graphql'
import type { Clock } from '../../clock.ts'

const windowMs = 24 * 60 * 60 * 1000

interface Kept {
  readonly fingerprint: string
  readonly at: number
  readonly busyUntil: number
  /** Undefined after a refusal: the same key then fails until its window ends. */
  readonly answer: unknown
}

export type Replay =
  | { readonly kind: 'new' }
  | { readonly kind: 'answered'; readonly answer: unknown }
  | {
      readonly kind: 'refused'
      readonly code:
        | 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH'
        | 'IDEMPOTENCY_CONCURRENT_REQUEST'
        | 'IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED'
      readonly message: string
    }

export interface IdempotencyKeys {
  look(key: string, fingerprint: string): Replay
  keep(key: string, fingerprint: string, answer: unknown, busyForMs: number): void
}

export function createKeys(clock: Clock): IdempotencyKeys {
  const kept = new Map<string, Kept>()
  return {
    look(key, fingerprint) {
      const known = kept.get(key)
      if (!known || clock.now() - known.at >= windowMs) return { kind: 'new' }
      if (known.fingerprint !== fingerprint)
        return {
          kind: 'refused',
          code: 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH',
          message: 'The same idempotency key cannot be used with different operation parameters.',
        }
      if (clock.now() < known.busyUntil)
        return {
          kind: 'refused',
          code: 'IDEMPOTENCY_CONCURRENT_REQUEST',
          message: 'This request is currently in progress, please try again.',
        }
      if (known.answer === undefined)
        return {
          kind: 'refused',
          code: 'IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED',
          message: 'A previous request with this idempotency key failed. Retry with a new idempotency key.',
        }
      return { kind: 'answered', answer: known.answer }
    },
    keep(key, fingerprint, answer, busyForMs) {
      const now = clock.now()
      for (const [old, { at }] of kept) {
        if (now - at < windowMs) break
        kept.delete(old)
      }
      kept.delete(key)
      kept.set(key, { fingerprint, at: now, busyUntil: now + busyForMs, answer })
    },
  }
}

/** How the wire looks without the directive is not documented; a top-level error is the strictest guess. */
export function keyOf(info: GraphQLResolveInfo, rawVariables: Readonly<Record<string, unknown>>): string {
  const directive = info.fieldNodes[0]?.directives?.find(({ name }) => name.value === 'idempotent')
  const value = directive?.arguments?.find(({ name }) => name.value === 'key')?.value
  const key = value && valueFromASTUntyped(value, { ...rawVariables })
  if (typeof key === 'string' && key.trim()) return key
  throw new GraphQLError(`The @idempotent directive with a key is required for ${info.fieldName}.`, {
    nodes: info.fieldNodes,
    extensions: { code: 'BAD_REQUEST' },
  })
}

/** The parameters as the client wrote them: another order of fields is another request. */
export function fingerprintOf(info: GraphQLResolveInfo, rawVariables: Readonly<Record<string, unknown>>): string {
  const parts = (info.fieldNodes[0]?.arguments ?? []).map(({ name, value }) =>
    value.kind === Kind.VARIABLE
      ? `${name.value}=${JSON.stringify(rawVariables[value.name.value])}`
      : `${name.value}=${print(value)}${JSON.stringify(rawVariables)}`,
  )
  return [info.fieldName, ...parts].join('\n')
}
