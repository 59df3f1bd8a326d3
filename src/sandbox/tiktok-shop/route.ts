/** What a path of the API is: its parameters by name, its closed body, and its answer. Whatever is not named is refused. */

import type { ZodType, z } from 'zod'
import { refuse, refuseParameter } from './refusal.ts'

export interface Call<Body> {
  readonly params: Readonly<Record<string, string>>
  readonly query: ReadonlyMap<string, string>
  readonly body: Body
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `{name}` for path parameters, as the API reference writes it. */
  readonly path: string
  /** False where sending `shop_cipher` is an error. */
  readonly cipher: boolean
  readonly query: readonly string[]
  answer(call: Call<string>): unknown
}

interface Head {
  readonly method: Route['method']
  readonly path: string
  readonly query?: readonly string[]
  readonly cipher?: boolean
}

/** A path without a body. */
export function route(head: Head, answer: (call: Call<undefined>) => unknown): Route {
  return {
    ...settled(head),
    answer(call) {
      if (call.body !== '') refuseParameter('body', 'this path takes no body.')
      return answer({ ...call, body: undefined })
    },
  }
}

/** A path with a JSON body; an absent body is read as `{}`, so `shape` says what is required. */
export function bodyRoute<S extends ZodType>(head: Head, shape: S, answer: (call: Call<z.infer<S>>) => unknown): Route {
  return {
    ...settled(head),
    answer: (call) => answer({ ...call, body: parseBody(shape, call.body) }),
  }
}

const settled = ({ method, path, query = [], cipher = true }: Head) => ({ method, path, query, cipher })

function parseBody<S extends ZodType>(shape: S, text: string): z.infer<S> {
  let value: unknown
  try {
    value = text === '' ? {} : JSON.parse(text)
  } catch {
    refuse('badBody')
  }
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  // A name that is not known says more than the values around it.
  const { issues } = parsed.error
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  const unknownKey = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const at = [...(issue?.path ?? []), ...(unknownKey === undefined ? [] : [unknownKey])]
  return refuseParameter(at.join('.') || 'body', issue?.message ?? 'not as expected.')
}

/** A whole number of the query within its limits. */
export function wholeNumber(
  query: ReadonlyMap<string, string>,
  name: string,
  limits: { min: number; max: number; fallback?: number },
): number {
  const text = query.get(name)
  if (text === undefined && limits.fallback !== undefined) return limits.fallback
  const value = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= limits.min && value <= limits.max)) refuseParameter(name, `expected ${limits.min} to ${limits.max}.`)
  return value
}

/** One of a few words of the query. */
export function oneOf<T extends string>(
  query: ReadonlyMap<string, string>,
  name: string,
  words: readonly T[],
  fallback: T,
): T {
  const text = query.get(name)
  if (text === undefined) return fallback
  return words.find((word) => word === text) ?? refuseParameter(name, `expected one of ${words.join(', ')}.`)
}
