/** Runs a mutation once per idempotency key. */

import type { GraphQLResolveInfo } from 'graphql'
import { fingerprintOf, keyOf } from './idempotency.ts'
import { type Context, type UserError, userError } from './resolve.ts'

/** Runs a keyed mutation once per key; a refusal spends the key as well. */
export function once<T extends { readonly userErrors: readonly UserError[] }>(
  context: Context,
  info: GraphQLResolveInfo,
  refused: (error: UserError) => T,
  run: () => T,
): T {
  const key = keyOf(info, context.rawVariables)
  const fingerprint = fingerprintOf(info, context.rawVariables)
  const replay = context.keys.look(key, fingerprint)
  if (replay.kind === 'refused') return refused(userError(null, replay.message, replay.code))
  if (replay.kind === 'answered') return asAnswer<T>(replay.answer)
  const answer = run()
  context.keys.keep(key, fingerprint, answer.userErrors.length ? undefined : answer, context.world.options.latencyMs)
  return answer
}

/** Safe because the fingerprint starts with the mutation's name: a kept answer came from the same `run`. */
const asAnswer = <T>(answer: unknown): T => answer as T
