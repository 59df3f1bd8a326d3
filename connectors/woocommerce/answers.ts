/** What a shop's answer says: the JSON in it, whatever is printed before it, and what a refusal means. */

import { ChannelError } from '../../src/errors.ts'
import type { HttpAnswer } from '../http.ts'
import { parseJson } from '../json.ts'
import { apiError } from './types.ts'

/** An answer of the API. A refusal carries WooCommerce's own code; `not_json` when something else than the API answered. */
export type Reply =
  | {
      readonly ok: true
      readonly data: unknown
      /** Of a list: how many rows it has on all its pages. */
      readonly total?: number
    }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly message: string }

/** Starts of JSON tried behind printed PHP notices, at most. */
const startsTried = 50

/** Finds the JSON of a body: all of it, or what follows the PHP notices that some plugins print before it. */
export function findJson(text: string): { data: unknown } | undefined {
  const whole = tryJson(text)
  if (whole) return whole
  let at = -1
  for (let tried = 0; tried < startsTried; tried++) {
    const next = text.slice(at + 1).search(/[{[]/)
    if (next < 0) return undefined
    at += 1 + next
    const rest = tryJson(text.slice(at))
    // Nothing smaller than an object is ever an answer; `[]` inside a notice ends before the text does.
    if (rest && typeof rest.data === 'object') return rest
  }
  return undefined
}

function tryJson(text: string): { data: unknown } | undefined {
  try {
    return { data: parseJson(text.replace(/^\uFEFF/, '')) }
  } catch {
    return undefined
  }
}

/**
 * Reads an answer. A notice printed before the headers forces status 200 on everything, so an error body counts as the error it
 * names. Throws ChannelError for what is no answer of the API at all.
 */
export function readReply(answer: HttpAnswer, request: { readonly write: boolean; readonly host: string }): Reply {
  const { status } = answer
  if (status >= 300 && status < 400) throw redirected(answer, request.host)
  const found = findJson(answer.text)
  if (!found) throw notJson(answer, request)
  const error = apiError.safeParse(found.data)
  if (error.success && (status >= 400 || statedStatus(error.data.data) !== undefined))
    return {
      ok: false,
      status: status >= 400 ? status : (statedStatus(error.data.data) ?? 400),
      code: String(error.data.code),
      message: plainText(error.data.message),
    }
  if (status >= 400) return { ok: false, status, code: 'not_json', message: `status ${status} without an error code` }
  const total = Number.parseInt(answer.headers['x-wp-total'] ?? '', 10)
  return { ok: true, data: found.data, ...(total >= 0 && { total }) }
}

/** `data` is `{ status }`, or the status itself; the status may be a string. */
export function statedStatus(data: unknown): number | undefined {
  const stated = typeof data === 'object' && data !== null && 'status' in data ? data.status : data
  const status = typeof stated === 'string' || typeof stated === 'number' ? Number(stated) : Number.NaN
  return status >= 400 && status < 600 ? status : undefined
}

const plainText = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .trim()
    .slice(0, 300)

function redirected(answer: HttpAnswer, host: string): ChannelError {
  const to = answer.headers.location ?? ''
  const where = URL.canParse(to) ? new URL(to).origin : 'another address'
  return new ChannelError(
    'rejected',
    `${host} sends API calls on to ${where}. Nothing was done. Connect the shop under the address it really answers at.`,
  )
}

function notJson(
  answer: HttpAnswer,
  { write, host }: { readonly write: boolean; readonly host: string },
): ChannelError {
  const type = answer.headers['content-type']?.split(';')[0] ?? 'no content type'
  const what = `${host} answered with status ${answer.status} and ${type} instead of JSON`
  if (answer.status === 401)
    return new ChannelError('auth', `${what}: something before WooCommerce asks for a password.`)
  if (answer.status === 404)
    return new ChannelError(
      'rejected',
      `${what}: the REST API is not at this address, or a plugin has switched it off.`,
    )
  // A firewall's page: the request did not reach WooCommerce, and may pass later.
  if (answer.status >= 400) return new ChannelError('transient', `${what}: a firewall or the host refused the call.`)
  return write
    ? new ChannelError('unknownOutcome', `${what}: what was sent may have been done.`)
    : new ChannelError('transient', `${what}.`)
}

/** What a refusal means for the call as a whole. */
export function refusal(reply: Reply & { ok: false }, host: string): ChannelError {
  const said = `${reply.message || 'no reason given'} (${reply.code})`
  if (reply.status === 401 || reply.status === 403)
    return new ChannelError('auth', `${host}: ${said}${authHint(reply.code)}`)
  if (reply.status === 408 || reply.status === 425) return new ChannelError('transient', `${host}: ${said}`)
  if (reply.code === 'rest_no_route')
    return new ChannelError(
      'rejected',
      `${host} has no such API route. Check that WooCommerce (and the plugin this call needs) is active and that permalinks are not "Plain".`,
    )
  return new ChannelError('rejected', `${host}: ${said}`)
}

function authHint(code: string): string {
  if (code === 'woocommerce_rest_authentication_error') return ''
  if (code.startsWith('woocommerce_rest_cannot_'))
    return '. The key is unknown or revoked, its user may not do this, or the host hides the key from WooCommerce (a proxy that ends TLS, a server that drops the Authorization header).'
  return ''
}
