/** Pages by where the last one ended, so that an order that moves while somebody pages is seen again, never skipped. */

import { createHash } from 'node:crypto'
import { refuseParameter } from './refusal.ts'

type Key = readonly [value: number, id: string]

export interface Question<T> {
  readonly items: T[]
  keyOf(item: T): Key
  readonly descending: boolean
  readonly size: number
  readonly token: string | undefined
  /** What was asked; a token of another question is refused. */
  readonly asked: unknown
}

const compareKeys = (a: Key, b: Key) => a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0)

const fingerprint = (asked: unknown) => createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 8)

/** These three bytes are `+++/` in base64, and the text is padded to end in `==`: a token must be signed raw and sent encoded. */
const tokenStart = Buffer.from([0xfb, 0xef, 0xbf])

function writeToken(key: Key, asked: string): string {
  const text = JSON.stringify([key[0], key[1], asked])
  const padded = text.padEnd(text.length + ((4 - (text.length % 3)) % 3))
  return Buffer.concat([tokenStart, Buffer.from(padded)]).toString('base64')
}

function readToken(token: string, asked: string): Key {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64').subarray(tokenStart.length).toString())
    if (Array.isArray(parts) && parts[2] === asked) return [Number(parts[0]), String(parts[1])]
  } catch {
    // Falls through to the refusal: not one of ours.
  }
  return refuseParameter('page_token', 'it does not belong to this request.')
}

export function pageOf<T>({ items, keyOf, descending, size, token, asked }: Question<T>) {
  const sign = descending ? -1 : 1
  const print = fingerprint(asked)
  const after = token ? readToken(token, print) : undefined
  const rest = after ? items.filter((item) => sign * compareKeys(keyOf(item), after) > 0) : [...items]
  rest.sort((a, b) => sign * compareKeys(keyOf(a), keyOf(b)))
  const page = rest.slice(0, size)
  const last = page.at(-1)
  const next_page_token = last !== undefined && rest.length > size ? writeToken(keyOf(last), print) : ''
  return { page, next_page_token, total_count: items.length }
}
