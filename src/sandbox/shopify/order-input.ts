/** Reads the input of orderCreate into a draft, or says what is wrong with it. */

import { appNamespace } from './app-namespace.ts'
import type { OwnedMetafield, Pair, PostalAddress, Tax } from './model.ts'
import { totalsOf } from './model.ts'
import type { LineDraft, OrderDraft } from './place-order.ts'
import { find, refusal, type UserError, userError } from './resolve.ts'
import { cents } from './text.ts'
import type { World } from './world.ts'

interface MoneyBagInput {
  readonly shopMoney: { readonly amount: string; readonly currencyCode: string }
}

interface TaxInput {
  readonly title: string
  readonly rate: string
  readonly priceSet?: MoneyBagInput | null
}

interface LineInput {
  readonly variantId?: string | null
  readonly title?: string | null
  readonly sku?: string | null
  readonly quantity: number
  readonly priceSet?: MoneyBagInput | null
  readonly requiresShipping?: boolean | null
  readonly taxLines?: readonly TaxInput[] | null
  readonly properties?: readonly { readonly name: string; readonly value: string }[] | null
}

type Maybe<T> = T | null | undefined

export interface OrderInput {
  readonly lineItems?: Maybe<readonly LineInput[]>
  readonly currency?: Maybe<string>
  readonly name?: Maybe<string>
  readonly processedAt?: Maybe<string>
  readonly sourceName?: Maybe<string>
  readonly sourceIdentifier?: Maybe<string>
  readonly sourceUrl?: Maybe<string>
  readonly tags?: Maybe<readonly string[]>
  readonly note?: Maybe<string>
  readonly email?: Maybe<string>
  readonly phone?: Maybe<string>
  readonly poNumber?: Maybe<string>
  readonly customAttributes?: Maybe<readonly Pair[]>
  readonly metafields?: Maybe<
    readonly {
      readonly namespace?: Maybe<string>
      readonly key?: Maybe<string>
      readonly type?: Maybe<string>
      readonly value?: Maybe<string>
    }[]
  >
  readonly shippingAddress?: Maybe<Omit<PostalAddress, 'id'>>
  readonly billingAddress?: Maybe<Omit<PostalAddress, 'id'>>
  readonly shippingLines?: Maybe<
    readonly {
      readonly title: string
      readonly code?: Maybe<string>
      readonly source?: Maybe<string>
      readonly priceSet: MoneyBagInput
      readonly taxLines?: Maybe<readonly TaxInput[]>
    }[]
  >
  readonly taxLines?: Maybe<readonly TaxInput[]>
  readonly taxesIncluded?: Maybe<boolean>
  readonly test?: Maybe<boolean>
  readonly financialStatus?: Maybe<string>
  readonly transactions?: Maybe<
    readonly {
      readonly amountSet: MoneyBagInput
      readonly kind?: Maybe<string>
      readonly status?: Maybe<string>
      readonly gateway?: Maybe<string>
    }[]
  >
  readonly customer?: unknown
  readonly customerId?: unknown
  readonly fulfillment?: unknown
  readonly fulfillmentStatus?: unknown
  readonly discountCode?: unknown
}

const invalid = (field: readonly string[], message: string) => userError(['order', ...field], message, 'INVALID')

const amountOf = (bag: MoneyBagInput): number => cents(bag.shopMoney.amount) ?? 0

const taxesOf = (taxes: Maybe<readonly TaxInput[]>, baseCents: number, included: boolean): Tax[] =>
  (taxes ?? []).map(({ title, rate, priceSet }) => {
    const share = Number(rate)
    const computed = Math.round(included ? baseCents - baseCents / (1 + share) : baseCents * share)
    return { title, rate: share, cents: priceSet ? amountOf(priceSet) : computed }
  })

/** Things the official input allows and the sandbox does not play. */
const unplayed = ['fulfillment', 'fulfillmentStatus', 'discountCode'] as const

export function readOrder(world: World, input: OrderInput): OrderDraft | { readonly errors: readonly UserError[] } {
  for (const name of unplayed)
    if (input[name] != null) throw refusal(`The sandbox does not do ${name} in orderCreate.`, 'SANDBOX_UNSUPPORTED')
  const errors: UserError[] = []
  const included = input.taxesIncluded ?? false
  if (!input.lineItems?.length) errors.push(invalid(['lineItems'], 'Line items must have at least one line item'))
  if (input.customer != null && input.customerId != null)
    errors.push(userError(['order'], 'Use either customer or customerId', 'REDUNDANT_CUSTOMER_FIELDS'))
  if (input.taxLines?.length && input.lineItems?.some((line) => line.taxLines?.length))
    errors.push(invalid(['taxLines'], 'Tax lines must be on the order or on the line items, not on both'))
  if (input.processedAt != null && Number.isNaN(Date.parse(input.processedAt)))
    errors.push(userError(['order', 'processedAt'], 'Processed at is invalid', 'PROCESSED_AT_INVALID'))
  const lines = (input.lineItems ?? []).flatMap((line, i) => readLine(world, line, i, included, errors) ?? [])
  const metafields = readMetafields(world, input, errors)
  for (const [i, { amountSet }] of (input.transactions ?? []).entries())
    if (cents(amountSet.shopMoney.amount) === undefined)
      errors.push(invalid(['transactions', String(i), 'amountSet'], 'Amount is invalid'))
  if (errors.length) return { errors }
  const { address, billingAddress } = { address: input.shippingAddress, billingAddress: input.billingAddress }
  const draft = {
    name: input.name ?? undefined,
    sourceName: input.sourceName ?? world.appId,
    sourceIdentifier: input.sourceIdentifier ?? undefined,
    sourceUrl: input.sourceUrl ?? undefined,
    madeByApp: true,
    processedAt: input.processedAt == null ? undefined : Date.parse(input.processedAt),
    currency: input.currency ?? world.options.currency,
    taxesIncluded: included,
    test: input.test ?? false,
    lines,
    shipping: (input.shippingLines ?? []).map((charge) => ({
      title: charge.title,
      code: charge.code ?? undefined,
      source: charge.source ?? undefined,
      cents: amountOf(charge.priceSet),
      taxes: taxesOf(charge.taxLines, amountOf(charge.priceSet), included),
    })),
    taxes: taxesOf(
      input.taxLines,
      lines.reduce((sum, line) => sum + line.unitCents * line.quantity, 0),
      included,
    ),
    gateways: [...new Set((input.transactions ?? []).map(({ gateway }) => gateway ?? 'manual'))],
    metafields,
    address: address ?? undefined,
    billingAddress: billingAddress ?? undefined,
    tags: input.tags ?? [],
    customAttributes: input.customAttributes ?? [],
    note: input.note ?? undefined,
    email: input.email ?? undefined,
    phone: input.phone ?? undefined,
    poNumber: input.poNumber ?? undefined,
  }
  return { ...draft, financialStatus: input.financialStatus ?? derivedStatus(input, draft) }
}

/** Without a status of its own an order is as paid as its transactions say. */
function derivedStatus(input: OrderInput, draft: Omit<OrderDraft, 'financialStatus'>): string {
  const succeeded = (input.transactions ?? []).filter(({ status }) => (status ?? 'SUCCESS') === 'SUCCESS')
  const paid = succeeded
    .filter(({ kind }) => ['SALE', 'CAPTURE'].includes(kind ?? 'SALE'))
    .reduce((sum, { amountSet }) => sum + amountOf(amountSet), 0)
  if (paid === 0) return succeeded.some(({ kind }) => kind === 'AUTHORIZATION') ? 'AUTHORIZED' : 'PENDING'
  const lines = draft.lines.map((line) => ({ ...line, removed: 0 }))
  const { total } = totalsOf({ ...draft, lines, refunds: [] })
  return paid >= total ? 'PAID' : 'PARTIALLY_PAID'
}

function readLine(
  world: World,
  line: LineInput,
  i: number,
  included: boolean,
  errors: UserError[],
): LineDraft | undefined {
  const path = ['lineItems', String(i)]
  const variant = line.variantId == null ? undefined : find('ProductVariant', world.variants, line.variantId)
  if (line.quantity < 1) errors.push(invalid([...path, 'quantity'], 'Quantity must be greater than 0'))
  if (line.variantId != null && !variant) errors.push(invalid([...path, 'variantId'], 'Variant does not exist'))
  if (line.variantId == null && !(line.title && line.priceSet))
    errors.push(invalid([...path, 'title'], 'A line without a variant needs a title and a price'))
  const unitCents = line.priceSet ? cents(line.priceSet.shopMoney.amount) : variant?.priceCents
  if (unitCents === undefined) {
    errors.push(invalid([...path, 'priceSet'], 'Price is invalid'))
    return undefined
  }
  return {
    variant,
    title: variant?.product.title ?? line.title ?? '',
    sku: variant?.sku ?? line.sku ?? undefined,
    quantity: line.quantity,
    unitCents,
    requiresShipping: variant ? true : (line.requiresShipping ?? false),
    taxes: taxesOf(line.taxLines, unitCents * line.quantity, included),
    properties: (line.properties ?? []).map(({ name, value }) => ({ key: name, value })),
  }
}

/** Values of a metafield of type `id` are unique in the shop; that orderCreate refuses a second one is likely, not documented. */
function readMetafields(
  world: World,
  input: OrderInput,
  errors: UserError[],
): Omit<OwnedMetafield, 'id' | 'createdAt'>[] {
  return (input.metafields ?? []).flatMap((field, i) => {
    const path = ['metafields', String(i)]
    const { key, type, value } = field
    const namespace = appNamespace(world, field.namespace)
    if (!key || !type || value == null) {
      errors.push(invalid(path, 'A metafield needs a key, a type and a value'))
      return []
    }
    if (type === 'id' && orderByCustomId(world, namespace, key, value))
      errors.push(invalid([...path, 'value'], 'Value has already been taken'))
    return { namespace, key, type, value }
  })
}

export const orderByCustomId = (world: World, namespace: string, key: string, value: string) =>
  [...world.orders.values()].find((order) =>
    order.metafields.some(
      (one) => one.type === 'id' && one.namespace === namespace && one.key === key && one.value === value,
    ),
  )
