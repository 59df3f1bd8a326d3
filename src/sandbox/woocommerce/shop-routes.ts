/** Webhook subscriptions, the settings a connector reads, the system status and the API's index. */

import { answerPage } from './lists.ts'
import { apiRoot } from './product-json.ts'
import { RestError } from './rest-error.ts'
import { batch, type Call, created, ok, type Route, updates } from './route.ts'
import type { State } from './state.ts'
import { validate, webhookSchema } from './validate.ts'
import { textOf } from './values.ts'
import type { Webhook } from './webhook-queue.ts'
import { invalidWebhook, type Webhooks } from './webhooks.ts'

function webhookRoutes(state: State, webhooks: Webhooks): Route[] {
  const find = (id: number, status = 404): Webhook => {
    const webhook = webhooks.rows.get(id)
    if (!webhook) throw invalidWebhook(status)
    return webhook
  }
  const remove = (webhook: Webhook) => {
    webhooks.rows.delete(webhook.id)
    return webhooks.json(webhook)
  }
  const list = ({ query, url }: Call) => {
    const status = query.get('status') ?? 'all'
    const rows = [...webhooks.rows.values()].filter((row) => status === 'all' || row.status === status)
    const sorted = rows.sort((a, b) => (query.get('order') === 'asc' ? a.id - b.id : b.id - a.id))
    return answerPage(sorted, query, url, webhooks.json)
  }
  const update = (webhook: Webhook, fields: Call['fields']) => {
    webhooks.update(webhook, fields)
    return webhooks.json(webhook)
  }
  return [
    {
      path: 'wc/v3/webhooks',
      verbs: {
        GET: list,
        POST: ({ fields }) => {
          validate(webhookSchema, fields)
          const webhook = webhooks.create(fields)
          return created(webhooks.json(webhook), `${apiRoot(state)}/webhooks/${webhook.id}`)
        },
      },
    },
    {
      path: 'wc/v3/webhooks/:id',
      verbs: {
        GET: (call) => ok(webhooks.json(find(call.id(0)))),
        ...updates((call) => {
          validate(webhookSchema, call.fields)
          return ok(update(find(call.id(0)), call.fields))
        }),
        DELETE: (call) => {
          const webhook = find(call.id(0))
          if (!call.force)
            throw new RestError(501, 'woocommerce_rest_trash_not_supported', 'Webhooks do not support trashing.')
          return ok(remove(webhook))
        },
      },
    },
    {
      path: 'wc/v3/webhooks/batch',
      verbs: updates(
        batch({
          create: (fields) => webhooks.json(webhooks.create(fields)),
          update: (id, fields) => update(find(id, 400), fields),
          delete: (id) => remove(find(id)),
        }),
      ),
    },
  ]
}

interface Setting {
  readonly group: string
  readonly label: string
  readonly type: string
  readonly fallback: string
  value(): string
  write?(value: string): void
}

function settingsOf(state: State): Record<string, Setting> {
  const fixed = (group: string, label: string, type: string, value: string): Setting => ({
    group,
    label,
    type,
    fallback: value,
    value: () => value,
  })
  return {
    woocommerce_manage_stock: fixed('products', 'Manage stock', 'checkbox', 'yes'),
    woocommerce_notify_no_stock_amount: fixed('products', 'Out of stock threshold', 'number', '0'),
    woocommerce_currency: fixed('general', 'Currency', 'select', state.options.currency),
    woocommerce_hold_stock_minutes: {
      group: 'products',
      label: 'Hold stock (minutes)',
      type: 'number',
      fallback: '60',
      value: () => String(state.holdStockMinutes),
      write: (value) => {
        state.holdStockMinutes = Number(value) || 0
      },
    },
  }
}

function settingRoutes(state: State): Route[] {
  const settings = settingsOf(state)
  const json = (id: string, { group, label, type, fallback, value }: Setting) => ({
    id,
    label,
    description: '',
    type,
    default: fallback,
    tip: '',
    value: value(),
    group_id: group,
    _links: {
      self: [{ href: `${apiRoot(state)}/settings/${group}/${id}` }],
      collection: [{ href: `${apiRoot(state)}/settings/${group}` }],
    },
  })
  const find = ({ parts: [group = '', id = ''] }: Call): [string, Setting] => {
    const setting = settings[id]
    if (setting?.group !== group) throw new RestError(404, 'rest_setting_setting_invalid', 'Invalid setting.')
    return [id, setting]
  }
  return [
    {
      path: 'wc/v3/settings/:word',
      verbs: {
        GET: ({ parts: [group] }) =>
          ok(Object.entries(settings).flatMap(([id, one]) => (one.group === group ? [json(id, one)] : []))),
      },
    },
    {
      path: 'wc/v3/settings/:word/:word',
      verbs: {
        GET: (call) => ok(json(...find(call))),
        ...updates((call) => {
          const [id, setting] = find(call)
          if (call.fields.value !== undefined) setting.write?.(textOf(call.fields.value))
          return ok(json(id, setting))
        }),
      },
    },
  ]
}

function statusJson({ options }: State) {
  const features = ['analytics', 'orders_autoupdate', 'order_attribution', 'custom_order_tables']
  const tracking = {
    plugin: 'woo-advanced-shipment-tracking/woocommerce-advanced-shipment-tracking.php',
    name: 'Advanced Shipment Tracking',
    version: '3.8.6',
  }
  return {
    environment: {
      home_url: options.home,
      site_url: options.home,
      version: '10.7.0',
      wp_version: '6.9.4',
      wp_multisite: false,
      wp_cron: options.wpCron,
      php_version: '8.2.0',
    },
    active_plugins: [
      { plugin: 'woocommerce/woocommerce.php', name: 'WooCommerce', version: '10.7.0' },
      ...(options.shipmentTracking ? [tracking] : []),
    ],
    inactive_plugins: [],
    settings: {
      api_enabled: false,
      force_ssl: false,
      currency: options.currency,
      currency_symbol: '&euro;',
      thousand_separator: ',',
      decimal_separator: '.',
      number_of_decimals: 2,
      HPOS_enabled: options.hpos,
      HPOS_sync_enabled: false,
      enabled_features: options.fulfillments ? [...features, 'fulfillments'] : features,
    },
    security: { secure_connection: options.home.startsWith('https:'), hide_errors: true },
  }
}

function indexJson({ options: { home, utcOffsetMinutes, shipmentTracking } }: State) {
  const plugins = shipmentTracking ? ['wc-shipment-tracking/v3', 'wc-ast/v3'] : []
  return {
    name: 'Sandbox shop',
    description: '',
    url: home,
    home,
    gmt_offset: String(utcOffsetMinutes / 60),
    timezone_string: '',
    namespaces: ['oembed/1.0', 'wc/v1', 'wc/v2', 'wc/v3', ...plugins, 'wp/v2'],
    authentication: {},
    routes: {},
  }
}

function indexRoutes(state: State): Route[] {
  const isPublic = () => true
  return [
    { path: '', isPublic, verbs: { GET: () => ok(indexJson(state)) } },
    { path: 'wc/v3', isPublic, verbs: { GET: () => ok({ namespace: 'wc/v3', routes: {} }) } },
  ]
}

export function shopRoutes(state: State, webhooks: Webhooks): Route[] {
  return [
    ...webhookRoutes(state, webhooks),
    ...settingRoutes(state),
    { path: 'wc/v3/system_status', verbs: { GET: () => ok(statusJson(state)) } },
    ...indexRoutes(state),
  ]
}
