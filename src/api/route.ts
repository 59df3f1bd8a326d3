/** One entry of the route table: what the address takes, what it answers, who may ask, and who does it. Document and routes come from it alike. */

import { z } from 'zod'
import type { Permission, Who } from '../users/roles.ts'
import { invalid, isRefusal, type Refusal } from './refusal.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A request before anything of it was checked. */
export interface RawAsk {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  /** The `Idempotency-Key`, where one was sent. */
  readonly key: string | undefined
  readonly who: Who
}

export interface Route {
  readonly method: Method
  readonly path: string
  readonly summary: string
  /** What one must be allowed to do in order to ask. */
  readonly needs: Permission
  /** Its body or its answer holds a secret: neither is kept, not even for a request that is sent again. */
  readonly isSecret: boolean
  readonly query: z.ZodType
  /** Absent when the address takes no body. */
  readonly body: z.ZodType | undefined
  readonly answer: z.ZodType
  readonly status: number
  run(raw: RawAsk): Promise<{ readonly status: number; readonly body: unknown } | Refusal>
}

/** The names after a colon in a path: `/orders/:account/:order` → account, order. */
type ParamsOf<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer More}`
    ? { readonly [K in Name]: string } & ParamsOf<`/${More}`>
    : { readonly [K in Rest]: string }
  : unknown

interface Ask<Path extends string, Q, B> {
  readonly params: ParamsOf<Path>
  readonly query: Q
  readonly body: B
  readonly key: string | undefined
  readonly who: Who
}

interface Given<Path extends string, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> {
  readonly method: Method
  readonly path: Path
  readonly summary: string
  readonly needs: Permission
  readonly isSecret?: boolean
  readonly query?: Q
  readonly body?: B
  readonly answer: A
  readonly status?: number
  /** The status of an answer that tells of work still under way. */
  statusOf?(answer: z.output<A>): number
  handle(ask: Ask<Path, z.output<Q>, z.output<B>>): Promise<z.input<A> | Refusal>
}

const nothing = z.strictObject({})

export function route<
  const Path extends string,
  A extends z.ZodType,
  Q extends z.ZodType = z.ZodType<unknown>,
  B extends z.ZodType = z.ZodType<unknown>,
>(given: Given<Path, Q, B, A>): Route {
  const { method, path, summary, needs, isSecret = false, answer, status = 200 } = given
  const querySchema = given.query ?? nothing
  return {
    method,
    path,
    summary,
    needs,
    isSecret,
    query: querySchema,
    body: given.body,
    answer,
    status,
    async run(raw) {
      const query = querySchema.safeParse(raw.query)
      if (!query.success) return invalid('query', query.error)
      const body = (given.body ?? nothing.optional()).safeParse(raw.body)
      if (!body.success) return invalid('body', body.error)
      const done = await given.handle({
        params: paramsOf<Path>(raw.params),
        query: outputOf<Q>(query.data),
        body: outputOf<B>(body.data),
        key: raw.key,
        who: raw.who,
      })
      // Parsing the answer keeps what the document does not name (a credential, an address) inside.
      if (isRefusal(done)) return done
      const told = answer.parse(done)
      return { status: given.statusOf?.(told) ?? status, body: told }
    },
  }
}

/** Safe: the router fills in every name that stands in the path it matched. */
const paramsOf = <Path extends string>(params: Readonly<Record<string, string>>) => params as ParamsOf<Path>

/** Safe: the value is what the schema of this type has just put out. */
const outputOf = <S extends z.ZodType>(value: unknown) => value as z.output<S>
