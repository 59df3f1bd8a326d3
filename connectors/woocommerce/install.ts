/** How a merchant connects a WooCommerce shop: by keys made by hand, or by the shop's own approval page. */

import { z } from 'zod'
import { parseJson } from '../json.ts'
import type { Credentials } from './types.ts'
import { id } from './types.ts'

/** The home URL as an account keeps it (`https://shop.example/winkel`), from what a person types. Undefined when it is none. */
export function homeUrl(typed: string): string | undefined {
  const text = typed.trim()
  const withScheme = /^https?:\/\//i.test(text) ? text : `https://${text}`
  if (!URL.canParse(withScheme) || /^(?!https?:)\w+:\/\//i.test(text)) return undefined
  const url = new URL(withScheme)
  if (url.username || url.password || !/^[a-z0-9.-]+$|^\[[0-9a-f:]+\]$/i.test(url.hostname)) return undefined
  const path = url.pathname.replace(/\/(wp-admin|wp-json|wp-login\.php)(\/.*)?$/, '').replace(/\/+$/, '')
  return `${url.origin}${path}`
}

/**
 * The page where the shop asks its owner for a key. `state` comes back as `user_id` in a callback that nobody signs: it must be
 * unguessable, used once, and bound to the session that started; the shop is known from it, never from the callback.
 * `callbackUrl` must be https and reachable from the shop.
 */
export function approvalUrl(input: {
  readonly shop: string
  readonly state: string
  readonly returnUrl: string
  readonly callbackUrl: string
}): string {
  const url = new URL(`${input.shop.replace(/\/+$/, '')}/wc-auth/v1/authorize`)
  url.searchParams.set('app_name', 'Onhand')
  url.searchParams.set('scope', 'read_write')
  url.searchParams.set('user_id', input.state)
  url.searchParams.set('return_url', input.returnUrl)
  url.searchParams.set('callback_url', input.callbackUrl)
  return url.href
}

const callback = z.looseObject({
  key_id: id,
  user_id: z.union([z.string(), z.number()]).transform(String),
  consumer_key: z.string().regex(/^ck_\w+$/),
  consumer_secret: z.string().regex(/^cs_\w+$/),
  key_permissions: z.string(),
})

export type Approval =
  | { readonly ok: true; readonly state: string; readonly credentials: Credentials }
  | { readonly ok: false; readonly reason: string }

/**
 * Reads what the shop posts after approval. It must be answered with exactly 200: at anything else the shop deletes the key.
 * Check the state, then the keys by a call to the shop, before they are stored.
 */
export function readApproval(body: string): Approval {
  let data: unknown
  try {
    data = parseJson(body)
  } catch {
    return { ok: false, reason: 'not JSON' }
  }
  const read = callback.safeParse(data)
  if (!read.success) return { ok: false, reason: 'not the keys of a WooCommerce shop' }
  if (read.data.key_permissions !== 'read_write')
    return { ok: false, reason: `the key may only ${read.data.key_permissions}; Onhand needs read and write` }
  return {
    ok: true,
    state: read.data.user_id,
    credentials: { consumerKey: read.data.consumer_key, consumerSecret: read.data.consumer_secret },
  }
}
