/** The only door to the shops' networks: time-outs, dropped connections, sizes, origins, and what a status means. */

import axios, { AxiosError, type AxiosInstance } from 'axios'
import pRetry, { AbortError } from 'p-retry'
import type { Clock, Fetch, Random } from '../src/clock.ts'
import { ChannelError } from '../src/errors.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent byte for byte. */
  readonly body?: string
  /** A second identical request does no harm: reads, keyed writes. Dropped connections are retried only then. */
  readonly repeatable: boolean
  readonly timeoutMs?: number
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export type Http = (request: HttpRequest) => Promise<HttpAnswer>

const answerBytesMax = 32 * 1024 * 1024
const timeoutMsDefault = 20_000
const droppedConnectionRetries = 2
/** Failures before a byte of the request left: the shop cannot have acted. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
])

/**
 * Answers 2xx, 3xx (never followed: a redirect could leave the configured origin) and the 4xx that a platform gives a meaning to.
 * Fails by ChannelError for the rest: 429 and 430 `throttled`; 5xx and lost answers `transient` when the request is
 * repeatable, else `unknownOutcome`.
 */
export function createHttp(deps: { fetch: Fetch; clock: Clock; random: Random; origins: readonly string[] }): Http {
  const origins = new Set(deps.origins.map((origin) => new URL(origin).origin))
  const client: AxiosInstance = axios.create({
    adapter: 'fetch',
    env: { fetch: (input: RequestInfo | URL, init?: RequestInit) => deps.fetch(new Request(input, init)) },
    responseType: 'text',
    transformResponse: (text: string) => text,
    transformRequest: (body: string) => body,
    validateStatus: () => true,
    maxContentLength: answerBytesMax,
    fetchOptions: { redirect: 'manual' },
  })

  async function once(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await client.request<string>({
      method: request.method,
      url: request.url,
      headers: { ...request.headers },
      data: request.body,
      timeout: request.timeoutMs ?? timeoutMsDefault,
    })
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(answer.headers)) headers[name.toLowerCase()] = String(value)
    return { status: answer.status, headers, text: answer.data ?? '' }
  }

  return async function http(request) {
    const origin = new URL(request.url).origin
    if (!origins.has(origin))
      throw new ChannelError('rejected', `Refused to call ${origin}: it is not this account's configured address.`)
    const answer = await pRetry(
      async (attempt) => {
        if (attempt > 1) await deps.clock.sleep(200 * 2 ** (attempt - 2) * (0.5 + deps.random.next()))
        try {
          return await once(request)
        } catch (cause) {
          const failure = connectionError(cause, request)
          throw failure.kind === 'transient' && request.repeatable ? failure : new AbortError(failure)
        }
      },
      { retries: droppedConnectionRetries, minTimeout: 0, factor: 1, maxTimeout: 0 },
    )
    const refusal = statusError(answer, request)
    if (refusal) throw refusal
    return answer
  }
}

/** No row of a prepared file comes near this. */
const lineCharsMax = 4 * 1024 * 1024
/** More than a file of every variant a store can have; what is longer is no such file. */
const fileCharsMax = 2 * 1024 * 1024 * 1024

/**
 * Reads one file, line by line as it comes, from the address that a shop's answer named: https, or the shop's own origin.
 * The request carries no credentials and follows no redirect. Fails by ChannelError; a file that breaks off is `transient`.
 */
export async function* downloadLines(
  deps: { readonly fetch: Fetch; readonly ownOrigin: string },
  url: string,
): AsyncGenerator<string> {
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (!address || (address.protocol !== 'https:' && address.origin !== new URL(deps.ownOrigin).origin))
    throw new ChannelError('rejected', 'Refused to fetch a file from an address that is not https.')
  const broken = (cause: unknown) =>
    new ChannelError('transient', `The file from ${address.host} broke off (${causeCode(cause) || 'connection lost'}).`)
  const response = await deps.fetch(new Request(address, { redirect: 'manual' })).catch((cause: unknown) => {
    throw broken(cause)
  })
  if (response.status !== 200 || !response.body)
    throw new ChannelError('transient', `${address.host} did not give the file (${response.status}).`)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  let read = 0
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw broken(cause)
      })
      if (done) break
      read += value.length
      const lines = (rest + value).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > lineCharsMax || read > fileCharsMax)
        throw new ChannelError('rejected', `The file from ${address.host} is larger than any that Onhand reads.`)
      for (const line of lines) if (line.trim() !== '') yield line
    }
    if (rest.trim() !== '') yield rest
  } finally {
    // Who stops half-way leaves no open connection behind.
    await reader.cancel().catch(() => undefined)
  }
}

function connectionError(cause: unknown, request: HttpRequest): ChannelError {
  const code = causeCode(cause)
  const happened = !neverSent.has(code) && !request.repeatable
  const host = new URL(request.url).host
  return new ChannelError(
    happened ? 'unknownOutcome' : 'transient',
    `No answer from ${host} (${code || 'connection lost'}).`,
    // The axios error carries headers with credentials: keep its code only.
    { cause: new Error(code || 'connection lost') },
  )
}

function causeCode(cause: unknown): string {
  const nested = cause instanceof Error ? (cause.cause as { code?: unknown } | undefined)?.code : undefined
  if (typeof nested === 'string') return nested
  return cause instanceof AxiosError ? (cause.code ?? '') : ''
}

function statusError(answer: HttpAnswer, request: HttpRequest): ChannelError | undefined {
  const host = new URL(request.url).host
  if (answer.status === 429 || answer.status === 430) {
    return new ChannelError('throttled', `${host} asked to slow down (${answer.status}).`, {
      retryAfterMs: retryAfterMs(answer),
    })
  }
  if (answer.status >= 500) {
    return new ChannelError(
      request.repeatable ? 'transient' : 'unknownOutcome',
      `${host} failed with status ${answer.status}.`,
      {
        retryAfterMs: retryAfterMs(answer),
      },
    )
  }
  return undefined
}

/** `Retry-After` in seconds; its date form is too rare at shops to matter. */
function retryAfterMs(answer: HttpAnswer): number | undefined {
  const seconds = Number(answer.headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}
