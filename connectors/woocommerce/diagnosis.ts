/** Finds out what is wrong with a shop that does not do what it should, and says it in words that its owner can act on. */

import type { ChannelAccount, ChannelDeps } from '../../src/channel.ts'
import { ChannelError } from '../../src/errors.ts'
import type { Finding, Symptom } from '../../src/install.ts'
import { createHttp } from '../http.ts'
import { findJson, type Reply } from './answers.ts'
import { type Client, createClient } from './client.ts'
import { signQuery, writeQuery } from './oauth1.ts'
import { type Credentials, type Settings, type SystemStatus, systemStatus } from './types.ts'

const oldestMajor = 9

const found = (symptom: Symptom, weight: Finding['weight'], detail?: string): Finding => ({
  symptom,
  weight,
  ...(detail ? { detail: detail.slice(0, 200) } : {}),
})

const trackingPlugins = /shipment-tracking|parcelpanel|aftership|trackship|sendcloud|myparcel|postnl/i

export function createDiagnosis(account: ChannelAccount<Settings>, deps: ChannelDeps<Credentials>, client: Client) {
  const base = account.origin.replace(/\/+$/, '')
  const isHttps = base.startsWith('https:')
  const http = createHttp({ ...deps, origins: [base] })

  /** What anybody is told, without a key. */
  async function index(path: string) {
    const answer = await http({ method: 'GET', url: `${base}${path}`, repeatable: true })
    const json = findJson(answer.text)?.data
    return { status: answer.status, namespaces: namespacesIn(json), isJson: typeof json === 'object' && json !== null }
  }

  async function atTheDoor(): Promise<Finding | undefined> {
    const pretty = await index('/wp-json/')
    if (pretty.status >= 300 && pretty.status < 400)
      return found('unreachable', 'bad', `${pretty.status}: it sends on to another address`)
    if (!pretty.isJson) {
      const plain = await index('/?rest_route=/')
      return plain.namespaces.length > 0
        ? found('permalinks', 'bad')
        : found('noWooCommerce', 'bad', `status ${pretty.status}`)
    }
    return pretty.namespaces.includes('wc/v3') ? undefined : found('noWooCommerce', 'bad')
  }

  const ask = (other: Partial<Settings> = {}): Promise<Reply> => {
    const asked =
      Object.keys(other).length === 0
        ? client
        : createClient({ ...account, settings: { ...account.settings, ...other } }, deps)
    return asked.get('system_status', asked.fresh())
  }

  /** Signed as if it were asked over http: accepted only by a shop that believes just that. */
  async function believesHttp(): Promise<boolean> {
    const { consumerKey, consumerSecret } = deps.secrets.current()
    const address = `${base}/wp-json/wc/v3/system_status`
    const query = await signQuery({
      method: 'GET',
      signedUrl: address.replace(/^https:/, 'http:'),
      query: [],
      consumerKey,
      consumerSecret,
      nonce: deps.random.uuid(),
      timestampSeconds: Math.floor(deps.clock.now() / 1000),
    })
    const answer = await http({ method: 'GET', url: `${address}?${writeQuery(query)}`, repeatable: true })
    return answer.status === 200
  }

  async function whyRefused(reply: Reply & { ok: false }): Promise<Finding> {
    if (reply.code !== 'woocommerce_rest_cannot_view' || !isHttps) return found('keysUnknown', 'bad', reply.message)
    if (!account.settings.keysInQuery && (await ask({ keysInQuery: true })).ok) return found('headerStripped', 'bad')
    return (await believesHttp()) ? found('proxyHidesHttps', 'bad') : found('keysUnknown', 'bad', reply.message)
  }

  async function withKeys(): Promise<Finding[]> {
    const reply = await ask()
    if (!reply.ok) return [await whyRefused(reply)]
    // A batch of nothing: refused to a key that may only read, and else without any effect.
    const write = await client.send('POST', 'products/batch', '{}', { repeatable: true })
    const status = systemStatus.safeParse(reply.data)
    return [
      ...(isHttps ? [] : [found('notHttps', 'wait')]),
      ...(!write.ok && write.status === 401 ? [found('readOnlyKey', 'bad', write.message)] : []),
      ...(status.success ? aboutShop(status.data, account.settings) : []),
    ]
  }

  return async function diagnose(): Promise<readonly Finding[]> {
    try {
      const trouble = await atTheDoor()
      if (trouble) return [trouble]
      const findings = await withKeys()
      return findings.some(({ weight }) => weight === 'bad') ? findings : [found('fine', 'good'), ...findings]
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error
      if (/CERT|SIGNED/.test(error.message)) return [found('certificate', 'bad', error.message)]
      return [
        error.kind === 'auth' ? found('keysUnknown', 'bad', error.message) : found('unreachable', 'bad', error.message),
      ]
    }
  }
}

function namespacesIn(json: unknown): string[] {
  if (typeof json !== 'object' || json === null || !('namespaces' in json) || !Array.isArray(json.namespaces)) return []
  return json.namespaces.filter((one) => typeof one === 'string')
}

/** What the shop says of itself that makes it slower or poorer than it could be. */
function aboutShop({ environment, settings, active_plugins: plugins }: SystemStatus, chosen: Settings): Finding[] {
  const version = environment?.version ?? ''
  const tracking = (plugins ?? []).filter(({ plugin, name }) => trackingPlugins.test(`${plugin} ${name}`))
  const hasFulfilments = settings?.enabled_features?.includes('fulfillments') ?? false
  return [
    ...(Number.parseInt(version, 10) < oldestMajor ? [found('oldVersion', 'wait', version)] : []),
    // Absent where this WooCommerce does not tell; a real cron job may stand in for the one that is off.
    ...(environment?.wp_cron === false ? [found('cronSilent', 'wait', 'DISABLE_WP_CRON')] : []),
    ...(settings?.HPOS_enabled === false ? [found('hposOff', 'wait')] : []),
    ...(hasFulfilments ? [] : [found('fulfilmentsOff', chosen.trackingBy === 'fulfillments' ? 'bad' : 'wait')]),
    tracking.length > 0
      ? found('trackingPlugin', 'good', tracking.map(({ name }) => name).join(', '))
      : found('noTracking', chosen.trackingBy === 'shipment-tracking' ? 'bad' : 'wait'),
  ]
}
