/** What the API answers when it does not do what was asked: RFC 9457 problem details, as data until the last moment. */

import { z } from 'zod'

export interface FieldError {
  readonly field: string
  readonly reason: string
}

export interface Refusal {
  readonly refused: true
  readonly status: number
  readonly detail: string
  readonly errors?: readonly FieldError[]
}

export const problemDetails = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), reason: z.string() })).optional(),
})

const titles: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  401: 'Not allowed in',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Not possible as things stand',
  413: 'Too large',
  422: 'The request is not right',
  429: 'Too many tries',
  500: 'Onhand made a mistake',
  502: 'The shop did not do it',
  503: 'Not now',
}

/** `detail` says what happened and what to do, for people. */
export const refuse = (status: number, detail: string, errors?: readonly FieldError[]): Refusal => ({
  refused: true,
  status,
  detail,
  ...(errors ? { errors } : {}),
})

export const notFound = (what: string): Refusal => refuse(404, `There is no ${what}.`)

/** Personal data was asked for by somebody who may not see it. */
export const noPersonal = ({ name }: { readonly name: string }): Refusal =>
  refuse(403, `${name} may not see personal data: it needs the permission \`personal\`. Ask without personal=true.`)

export const isRefusal = (answer: unknown): answer is Refusal =>
  typeof answer === 'object' && answer !== null && 'refused' in answer && answer.refused === true

/** The body of a refusal as it goes out. */
export function detailsOf({ status, detail, errors }: Refusal): z.infer<typeof problemDetails> {
  return {
    type: 'about:blank',
    title: titles[status] ?? 'Refused',
    status,
    detail,
    ...(errors ? { errors: [...errors] } : {}),
  }
}

export const problemResponse = (refusal: Refusal, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(detailsOf(refusal)), {
    status: refusal.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  })

/** A failed validation as field errors; the path of a field reads `components.0.units`. */
export const invalid = (what: string, error: z.ZodError): Refusal =>
  refuse(
    422,
    `The ${what} is not what this address takes; see errors.`,
    error.issues.map(({ path, message }) => ({ field: path.map(String).join('.'), reason: message })),
  )
