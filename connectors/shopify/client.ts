/** One GraphQL request to one store: paces it, sends it, learns from its cost report, and turns every refusal into a ChannelError. */

import type { ZodType } from 'zod'
import type { ChannelAccount, ChannelDeps, Urgency } from '../../src/channel.ts'
import type { Instant } from '../../src/domain.ts'
import { ChannelError } from '../../src/errors.ts'
import { createHttp, downloadLines, type HttpAnswer } from '../http.ts'
import { parseJson } from '../json.ts'
import { apiVersion, costOf, type Document, requestBody } from './documents.ts'
import type { ShopifyCredentials, ShopifySettings } from './install.ts'
import { createTokens } from './tokens.ts'
import { costReport, envelope, type GraphqlError, whatIsWrong } from './types.ts'

export interface Read<T> {
  readonly data: T
  /** When the request was sent, by our clock. */
  readonly startedAt: Instant
}

export interface ShopifyClient {
  /** A query: waits for its place at the rate limit, is repeated on a dropped connection, and is read as `shape`. */
  read<T>(
    document: Document,
    variables: Readonly<Record<string, unknown>>,
    shape: ZodType<T>,
    urgency?: Urgency,
  ): Promise<Read<T>>
  /** A mutation's ready body, already admitted by the caller. Only what may be repeated is repeated. */
  send<T>(body: string, shape: ZodType<T>, options: { repeatable: boolean }): Promise<T>
  /** The lines of a file that Shopify has prepared, wherever it lies. */
  lines(url: string): AsyncIterable<string>
  /** The API version of the last answer, as the store names it; undefined when it names none. */
  versionAnswered(): string | undefined
}

/** Without approval for protected customer data these come as null plus an error; the rest of the answer is whole. */
const customerFields = new Set(['shippingAddress', 'billingAddress', 'customer', 'email', 'phone'])
const lockedRetryMs = 60_000

export function createClient(
  account: ChannelAccount<ShopifySettings>,
  deps: ChannelDeps<ShopifyCredentials>,
): ShopifyClient {
  const http = createHttp({ ...deps, origins: [account.origin] })
  const url = `${new URL(account.origin).origin}/admin/api/${apiVersion}/graphql.json`
  const tokens = createTokens({
    shop: account,
    secrets: deps.secrets,
    http,
    clock: deps.clock,
    // Not charged to the bucket of points, but not for nothing either.
    admit: () => deps.pace.admit(1, 'decrease'),
  })
  let versionAnswered: string | undefined

  async function post(body: string, repeatable: boolean, accessToken: string | undefined): Promise<HttpAnswer> {
    try {
      return await http({
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'x-shopify-access-token': accessToken ?? '',
        },
        body,
        repeatable,
      })
    } catch (cause) {
      if (cause instanceof ChannelError && cause.kind === 'throttled') deps.pace.throttled(cause.retryAfterMs)
      throw cause
    }
  }

  /** A refused token (401) has executed nothing: whatever the request, it is sent once more with a new one. */
  async function postWithAccess(body: string, repeatable: boolean): Promise<HttpAnswer> {
    const { accessToken } = await tokens.usable()
    const answer = await post(body, repeatable, accessToken)
    if (answer.status !== 401) return answer
    const renewed = await tokens.renewed(accessToken)
    return post(body, repeatable, renewed.accessToken)
  }

  /** Learns from the cost report; answers how long to wait for a request that was refused for its cost. */
  function learn(extensions: { cost?: unknown } | null | undefined): number {
    const report = costReport.safeParse(extensions?.cost)
    if (!report.success) return 1000
    const { requestedQueryCost, throttleStatus } = report.data
    const { currentlyAvailable: available, maximumAvailable: capacity, restoreRate: restorePerSecond } = throttleStatus
    deps.pace.learn({ available, capacity, restorePerSecond })
    return Math.max(1000, (((requestedQueryCost ?? 0) - available) / restorePerSecond) * 1000)
  }

  function throttled(waitMs: number): ChannelError {
    // A spread of a quarter second: many accounts throttled at one moment must not return at one moment.
    const retryAfterMs = Math.ceil(waitMs + deps.random.next() * 250)
    deps.pace.throttled(retryAfterMs)
    return new ChannelError('throttled', `${account.shop} asked to slow down (THROTTLED).`, { retryAfterMs })
  }

  async function ask(body: string, repeatable: boolean): Promise<unknown> {
    const answer = await postWithAccess(body, repeatable)
    versionAnswered = answer.headers['x-shopify-api-version'] ?? versionAnswered
    const refusal = statusRefusal(answer, account.shop)
    if (refusal) throw refusal
    const { data, errors, extensions } = readEnvelope(answer, repeatable, account.shop)
    const waitMs = learn(extensions)
    if (!data && errors.some((error) => codeOf(error) === 'THROTTLED')) throw throttled(waitMs)
    const failure = errorsFailure(errors, Boolean(data), repeatable, account.shop)
    if (failure) throw failure
    deps.pace.accepted()
    return data
  }

  function shaped<T>(data: unknown, shape: ZodType<T>, repeatable: boolean): T {
    const read = shape.safeParse(data)
    if (read.success) return read.data
    throw new ChannelError(
      repeatable ? 'transient' : 'unknownOutcome',
      `${account.shop} answered in a shape we do not know: ${whatIsWrong(read.error)}`,
    )
  }

  return {
    async read(document, variables, shape, urgency = 'normal') {
      await deps.pace.admit(costOf(document, variables), urgency)
      const startedAt = deps.clock.now()
      return { data: shaped(await ask(requestBody(document, variables), true), shape, true), startedAt }
    },
    async send(body, shape, { repeatable }) {
      return shaped(await ask(body, repeatable), shape, repeatable)
    },
    lines: (file) => downloadLines({ fetch: deps.fetch, ownOrigin: account.origin }, file),
    versionAnswered: () => versionAnswered,
  }
}

const codeOf = (error: GraphqlError): string => error.extensions?.code ?? ''

/** What the statuses mean that `http` lets through (its 429, 430 and 5xx never come here). None of them executed anything. */
function statusRefusal(answer: HttpAnswer, shop: string): ChannelError | undefined {
  const { status } = answer
  if (status >= 200 && status < 300) return undefined
  if (status === 401)
    return new ChannelError('auth', `${shop} refused the access token (401). Connect the store again.`)
  if (status === 403)
    return new ChannelError('auth', `${shop} refused access (403). Check that the app still has its permissions.`)
  if (status === 402)
    return new ChannelError('rejected', `${shop} is frozen until its Shopify bill is paid (402). Nothing was changed.`)
  if (status === 423)
    return new ChannelError('transient', `${shop} is locked by Shopify for now (423). It will be tried again.`, {
      retryAfterMs: lockedRetryMs,
    })
  if (status >= 300 && status < 400)
    return new ChannelError(
      'rejected',
      `${shop} answered with a redirect (${status}), which is never followed. Check the store's myshopify.com address.`,
    )
  return new ChannelError('rejected', `${shop} refused the request (${status}). Nothing was changed.`)
}

function readEnvelope(answer: HttpAnswer, repeatable: boolean, shop: string) {
  try {
    const read = envelope.safeParse(parseJson(answer.text))
    if (read.success) return read.data
  } catch {
    // Not JSON: a proxy's or Shopify's HTML page. Its text is of no use to anybody and may be long.
  }
  throw new ChannelError(
    repeatable ? 'transient' : 'unknownOutcome',
    `${shop} answered ${answer.status} with something that is not a GraphQL answer.`,
  )
}

/** Whether top-level errors spoil the answer, and how. Only missing customer fields beside data are tolerated. */
function errorsFailure(
  errors: readonly GraphqlError[],
  hasData: boolean,
  repeatable: boolean,
  shop: string,
): ChannelError | undefined {
  const isTolerated = (error: GraphqlError) => hasData && error.path?.some((key) => customerFields.has(String(key)))
  const serious = errors.filter((error) => !isTolerated(error))
  const worst = serious[0]
  if (!worst)
    return hasData ? undefined : new ChannelError(repeatable ? 'transient' : 'unknownOutcome', `${shop} sent no data.`)
  const said = serious
    .slice(0, 3)
    .map((error) => error.message.slice(0, 200))
    .join('; ')
  switch (codeOf(worst)) {
    case 'ACCESS_DENIED':
      return new ChannelError('auth', `${shop} does not allow this app to do that: ${said}`)
    case 'MAX_COST_EXCEEDED':
      return new ChannelError('rejected', `${shop} found a request too costly: ${said}`)
    case 'SHOP_INACTIVE':
      return new ChannelError('rejected', `${shop} is not active: ${said}`)
    case 'THROTTLED':
    case 'INTERNAL_SERVER_ERROR':
    case 'TIMEOUT':
      return new ChannelError(repeatable ? 'transient' : 'unknownOutcome', `${shop} failed: ${said}`)
    default:
      // With data beside it a mutation may have run; without data an unknown code is the refusal of a whole request.
      return hasData && !repeatable
        ? new ChannelError('unknownOutcome', `${shop} answered only in part: ${said}`)
        : new ChannelError(hasData ? 'transient' : 'rejected', `${shop} refused the request: ${said}`)
  }
}
