/** The schema checks of single requests. Batches skip them: that is WooCommerce's own trap. */

import type { Query } from './query.ts'
import { type BadParam, invalidParams } from './rest-error.ts'
import { type Fields, filterSeconds, isFields } from './values.ts'

type Rule = 'integer' | 'boolean' | 'string' | 'array' | 'object' | readonly string[]
export type Schema = Readonly<Record<string, Rule>>

const stockFields: Schema = {
  manage_stock: 'boolean',
  stock_quantity: 'integer',
  backorders: ['no', 'notify', 'yes'],
  stock_status: ['instock', 'outofstock', 'onbackorder'],
  regular_price: 'string',
  sale_price: 'string',
  sku: 'string',
  global_unique_id: 'string',
  description: 'string',
  weight: 'string',
  attributes: 'array',
  meta_data: 'array',
}

export const productStatuses = ['draft', 'pending', 'private', 'publish', 'future', 'auto-draft', 'trash'] as const

export const productSchema: Schema = {
  ...stockFields,
  name: 'string',
  type: ['simple', 'grouped', 'external', 'variable'],
  status: productStatuses,
}

export const variationSchema: Schema = { ...stockFields, status: productStatuses }

export const orderStatuses = [
  'pending',
  'processing',
  'on-hold',
  'completed',
  'cancelled',
  'refunded',
  'failed',
  'checkout-draft',
  'auto-draft',
  'trash',
] as const

export const orderSchema: Schema = {
  status: orderStatuses,
  customer_id: 'integer',
  customer_note: 'string',
  currency: 'string',
  transaction_id: 'string',
  created_via: 'string',
  set_paid: 'boolean',
  line_items: 'array',
  shipping_lines: 'array',
  fee_lines: 'array',
  meta_data: 'array',
  billing: 'object',
  shipping: 'object',
}

export const refundSchema: Schema = {
  amount: 'string',
  reason: 'string',
  api_refund: 'boolean',
  api_restock: 'boolean',
  line_items: 'array',
  meta_data: 'array',
}

export const webhookSchema: Schema = {
  name: 'string',
  topic: 'string',
  secret: 'string',
  delivery_url: 'string',
  status: ['active', 'paused', 'disabled'],
}

const isInteger = (value: unknown) =>
  typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && /^\s*[+-]?\d+(\.0*)?$/.test(value)

const isBoolean = (value: unknown) =>
  typeof value === 'boolean' ||
  value === 0 ||
  value === 1 ||
  (typeof value === 'string' && ['true', 'false', '1', '0', ''].includes(value.toLowerCase()))

const passes: Record<string, (value: unknown) => boolean> = {
  integer: isInteger,
  boolean: isBoolean,
  string: (value) => typeof value === 'string',
  array: (value) => Array.isArray(value) || typeof value === 'string',
  object: isFields,
}

function wordList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')}, and ${words.at(-1)}`
}

function fault(param: string, rule: Rule, value: unknown): BadParam | undefined {
  if (typeof rule !== 'string') {
    if (typeof value === 'string' && rule.includes(value)) return undefined
    return { param, code: 'rest_not_in_enum', message: `${param} is not one of ${wordList(rule)}.`, data: null }
  }
  if (passes[rule]?.(value)) return undefined
  return { param, code: 'rest_invalid_type', message: `${param} is not of type ${rule}.`, data: { param } }
}

/** Throws 400 `rest_invalid_param` naming every field that does not fit. Null always passes, unknown fields too. */
export function validate(schema: Schema, fields: Fields): void {
  const bad: BadParam[] = []
  for (const [param, rule] of Object.entries(schema)) {
    const value = fields[param]
    if (value === undefined || value === null) continue
    const found = fault(param, rule, value)
    if (found) bad.push(found)
  }
  if (bad.length > 0) throw invalidParams(bad)
}

const outOfBounds = (param: string, message: string): BadParam => ({
  param,
  code: 'rest_out_of_bounds',
  message,
  data: null,
})

function pagingFaults(query: Query): BadParam[] {
  const bad: BadParam[] = []
  for (const param of ['per_page', 'page', 'offset']) {
    const value = query.get(param)
    if (value === undefined) continue
    const number = Number(value)
    const range = 'per_page must be between 1 (inclusive) and 100 (inclusive)'
    if (!isInteger(value))
      bad.push({ param, code: 'rest_invalid_type', message: `${param} is not of type integer.`, data: { param } })
    else if (param === 'per_page' && (number < 1 || number > 100)) bad.push(outOfBounds(param, range))
    else if (param === 'page' && number < 1) bad.push(outOfBounds(param, 'page must be greater than or equal to 1'))
  }
  return bad
}

const dateNames = ['after', 'before', 'modified_after', 'modified_before']

export interface ListRules {
  readonly orderby: readonly string[]
  readonly statuses: readonly string[]
}

/** The known parameters of a list; everything else is ignored without a word. */
export function validateList(query: Query, { orderby, statuses }: ListRules): void {
  const bad = pagingFaults(query)
  for (const param of dateNames) {
    const value = query.get(param)
    if (value !== undefined && filterSeconds(value, false, 0) === undefined)
      bad.push({ param, code: 'rest_invalid_date', message: 'Invalid date.', data: null })
  }
  const enums: [string, readonly string[], readonly string[]][] = [
    ['order', ['asc', 'desc'], query.has('order') ? [query.get('order') ?? ''] : []],
    ['orderby', orderby, query.has('orderby') ? [query.get('orderby') ?? ''] : []],
    ['status', ['any', ...statuses], query.list('status')],
  ]
  for (const [param, allowed, values] of enums) {
    const found = values.map((value) => fault(param, allowed, value)).find((one) => one !== undefined)
    if (found) bad.push(found)
  }
  if (bad.length > 0) throw invalidParams(bad)
}
