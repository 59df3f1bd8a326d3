/** Secrets that Onhand makes: unguessable, kept as hashes only, compared in constant time. */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const secretBytes = 32

/** 256 random bits: long enough that a fast hash of it cannot be turned back. */
export const newSecret = (): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(secretBytes))).toString('base64url')

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export const hashOf = (secret: string): string => digest(secret).toString('base64url')

/** Compares the hashes, so that neither content nor length of the secret shows in the time it takes. */
export const sameSecret = (given: string, secret: string): boolean => timingSafeEqual(digest(given), digest(secret))

/** A text that only who has the key can make: `purpose` keeps one use from serving another. */
export const derived = (key: Uint8Array, purpose: string, text: string): string =>
  createHmac('sha256', key).update(`${purpose}\n${text}`).digest('base64url')
