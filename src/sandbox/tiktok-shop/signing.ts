/** The two signatures of the platform, as it computes them itself: of a request to it, and of a webhook from it. */

import { createHmac, timingSafeEqual } from 'node:crypto'

const hmacHex = (secret: string, text: string) => createHmac('sha256', secret).update(text, 'utf8').digest('hex')

export interface Signed {
  readonly path: string
  /** Decoded names and values. */
  readonly query: Iterable<readonly [string, string]>
  readonly contentType: string
  /** The body as it was sent. */
  readonly body: string
}

/** What stands between the two secrets: path, sorted query without `sign` and `access_token`, and the raw body unless it is multipart. */
export function signedText({ path, query, contentType, body }: Signed): string {
  const parts = [...query].filter(([name]) => name !== 'sign' && name !== 'access_token')
  parts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase()
  return path + parts.map(([name, value]) => name + value).join('') + (mediaType === 'multipart/form-data' ? '' : body)
}

export const requestSign = (secret: string, signed: Signed): string =>
  hmacHex(secret, secret + signedText(signed) + secret)

/** Lower-case hex only: an upper-case digest is another string. */
export function isSameSign(expected: string, given: string): boolean {
  const a = Buffer.from(expected)
  const b = Buffer.from(given)
  return a.length === b.length && timingSafeEqual(a, b)
}

/** The `Authorization` header of a webhook. No timestamp, so no replay protection: as on the platform. */
export const webhookSign = (appKey: string, secret: string, body: string): string => hmacHex(secret, appKey + body)
