/** From which network address a request came, and who sent it. */

import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { z } from 'zod'
import type { Who } from '../users/roles.ts'
import type { ApiDeps } from './deps.ts'

export const cookieName = 'onhand_session'

const nodeBindings = z.object({ incoming: z.object({ socket: z.object({ remoteAddress: z.string() }) }) })

/** Headers by which a proxy says that it speaks for somebody else. */
const forwardingHeaders = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'] as const

function peerOf(c: Context): string | undefined {
  const bindings = nodeBindings.safeParse(c.env)
  return bindings.success ? bindings.data.incoming.socket.remoteAddress : undefined
}

/**
 * The address of the connection. A header that names another one is believed only where TRUST_PROXY says that a proxy
 * writes it, and then its last entry: what stands before it may be made up by whoever asks.
 */
export function addressOf(c: Context, { trustProxy }: Pick<ApiDeps, 'trustProxy'>): string | undefined {
  const forwarded = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  return (forwarded || peerOf(c))?.slice(0, addressLengthMax)
}

/** An IPv6 address with a zone has fewer characters. */
const addressLengthMax = 64

/** Asked by a program on this machine, and not by a proxy that stands on it. */
export function isLocal(c: Context): boolean {
  if (forwardingHeaders.some((name) => c.req.header(name) !== undefined)) return false
  return /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(peerOf(c) ?? '')
}

export const isHttps = (c: Context): boolean =>
  new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https'

const isSafe = (method: string) => /^(GET|HEAD|OPTIONS)$/.test(method)

/**
 * A page of ours sent it. Browsers say so themselves; older ones name the origin, which must be the host that was asked.
 * The scheme is left out: behind a proxy that ends TLS it is another one here than there.
 */
export function isOwnPage(c: Context): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = c.req.header('origin')
  if (origin === undefined || !URL.canParse(origin)) return false
  return new URL(origin).host === new URL(c.req.url).host
}

/** Who sends a request: by its token, else by its session; a session changes something only from a page of ours. */
export async function whoOf(c: Context, deps: ApiDeps): Promise<Who | undefined> {
  const from = addressOf(c, deps)
  const header = c.req.header('authorization')
  if (header !== undefined) return await deps.identity.byBearer(header, from)
  if (!isSafe(c.req.method) && !isOwnPage(c)) return undefined
  return await deps.identity.bySession(getCookie(c, cookieName), from)
}
