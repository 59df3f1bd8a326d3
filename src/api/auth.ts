/** The bearer token of the API: compared in constant time, length included. */

import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Compares the hashes, so that neither content nor length of the secret shows in the time it takes. */
export const sameSecret = (given: string, secret: string): boolean => timingSafeEqual(digest(given), digest(secret))

/** True when an `Authorization` header carries this token. */
export function isBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]
  return given !== undefined && sameSecret(given, token)
}
