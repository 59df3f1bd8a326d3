/** Inventory writes: keys, changeFromQuantity, names, limits, documents, and the sum that on_hand always is. */

import { describe, expect, it } from 'vitest'
import { bench, type Json, mug, tee } from './bench.ts'

const setDocument = `mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes { name delta quantityAfterChange item { id } } }
    userErrors { code field message } } }`
const adjustDocument = `mutation($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id changes { name delta quantityAfterChange } } userErrors { code field message } } }`
const moveDocument = `mutation($input: InventoryMoveQuantitiesInput!, $key: String!) {
  inventoryMoveQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id changes { name delta } } userErrors { code field message } } }`

async function shop() {
  const b = bench()
  b.shop.addProduct(mug)
  b.shop.addProduct(tee)
  const { item, location } = await b.itemOf(mug.sku)
  const other = (await b.itemOf(tee.sku)).item
  let keys = 0
  const send = async (document: string, input: Json, key = `key-${keys++}`) =>
    Object.values<Json>(await b.data(document, { input, key }))[0]
  const row = (quantity: number, changeFromQuantity: number | null = null, inventoryItemId = item) => ({
    inventoryItemId,
    locationId: location,
    quantity,
    changeFromQuantity,
  })
  const set = (quantities: Json[], more: Json = {}, key?: string) =>
    send(setDocument, { name: 'available', reason: 'correction', quantities, ...more }, key)
  const change = (delta: number, more: Json = {}) => ({
    inventoryItemId: item,
    locationId: location,
    delta,
    changeFromQuantity: null,
    ...more,
  })
  const adjust = (changes: Json[], more: Json = {}, key?: string) =>
    send(adjustDocument, { name: 'available', reason: 'correction', changes, ...more }, key)
  const ends = (from: Json, to: Json) => ({
    from: { locationId: location, changeFromQuantity: null, ...from },
    to: { locationId: location, changeFromQuantity: null, ...to },
  })
  const ledger = 'gid://onhand/Ledger/1'
  const hold = (quantity: number, more: Json = {}) => ({
    inventoryItemId: item,
    quantity,
    ...ends({ name: 'available' }, { name: 'safety_stock', ledgerDocumentUri: ledger }),
    ...more,
  })
  const moves = (changes: Json[], more: Json = {}) =>
    send(moveDocument, { reason: 'other', referenceDocumentUri: 'gid://onhand/Right/1', changes, ...more })
  return { b, item, other, location, row, set, change, adjust, ends, ledger, hold, moves }
}

const codes = (payload: Json) => payload.userErrors.map((error: Json) => error.code)

describe('set', () => {
  it('sets available and moves on_hand by the same difference', async () => {
    const { b, set, row } = await shop()
    b.shop.buy([{ sku: mug.sku, quantity: 2 }])
    const payload = await set([row(5, 8)])
    expect(payload.inventoryAdjustmentGroup.changes).toEqual([
      expect.objectContaining({ name: 'available', delta: -3, quantityAfterChange: 5 }),
      expect.objectContaining({ name: 'on_hand', delta: -3, quantityAfterChange: 7 }),
    ])
    expect(await b.levels(mug.sku)).toMatchObject({ available: 5, committed: 2, on_hand: 7 })
  })

  it('sets on_hand through available', async () => {
    const { b, set, row } = await shop()
    b.shop.buy([{ sku: mug.sku, quantity: 2 }])
    await set([row(20, 10)], { name: 'on_hand' })
    expect(await b.levels(mug.sku)).toMatchObject({ available: 18, committed: 2, on_hand: 20 })
  })

  it('refuses the whole call when one row is stale', async () => {
    const { b, set, row, other } = await shop()
    const payload = await set([row(1, 10), row(1, 4, other)])
    expect(payload.inventoryAdjustmentGroup).toBeNull()
    expect(payload.userErrors).toEqual([
      {
        code: 'CHANGE_FROM_QUANTITY_STALE',
        field: ['input', 'quantities', '1', 'changeFromQuantity'],
        message: expect.any(String),
      },
    ])
    expect(await b.levels(mug.sku)).toMatchObject({ available: 10 })
  })

  it('needs changeFromQuantity to be written, if only as null', async () => {
    const { b, item, location } = await shop()
    const input = {
      name: 'available',
      reason: 'correction',
      quantities: [{ inventoryItemId: item, locationId: location, quantity: 1 }],
    }
    const { body } = await b.post(setDocument, { input, key: 'k' })
    expect(body.errors[0].message).toContain('changeFromQuantity')
    expect(b.shop.shelf().get(mug.sku)).toBe(10)
  })

  it.each([
    ['a negative quantity', -1, {}, 'INVALID_QUANTITY_NEGATIVE'],
    ['too much', 1_000_000_001, {}, 'INVALID_QUANTITY_TOO_HIGH'],
    ['a name that cannot be set', 1, { name: 'committed' }, 'INVALID_NAME'],
    ['an unknown reason', 1, { reason: 'because' }, 'INVALID_REASON'],
    ['a reference that is no URI', 1, { referenceDocumentUri: 'order 7' }, 'INVALID_REFERENCE_DOCUMENT'],
    ['a gid without its parts', 1, { referenceDocumentUri: 'gid://onhand/Job' }, 'INVALID_REFERENCE_DOCUMENT'],
  ])('refuses %s', async (_, quantity, more, code) => {
    const { set, row } = await shop()
    expect(codes(await set([row(quantity)], more))).toEqual([code])
  })

  it('refuses the same item and location twice', async () => {
    const { set, row } = await shop()
    expect(codes(await set([row(1), row(2)]))).toEqual(['NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR'])
  })

  it('refuses what it does not know', async () => {
    const { set, row } = await shop()
    expect(codes(await set([row(1, null, 'gid://shopify/InventoryItem/1')]))).toEqual(['INVALID_INVENTORY_ITEM'])
    expect(codes(await set([{ ...row(1), locationId: 'gid://shopify/Location/1' }]))).toEqual(['INVALID_LOCATION'])
  })

  it('takes 250 rows and not one more', async () => {
    const b = bench()
    const rows = []
    for (let i = 0; i <= 250; i++) b.shop.addProduct({ ...mug, sku: `S-${i}` })
    const { inventoryItems } = await b.data('{ inventoryItems(first: 250) { nodes { id } } }')
    const { location } = await b.itemOf('S-0')
    for (const { id } of inventoryItems.nodes)
      rows.push({ inventoryItemId: id, locationId: location, quantity: 1, changeFromQuantity: null })
    const input = { name: 'available', reason: 'correction', quantities: rows }
    const last = { ...rows[0], inventoryItemId: (await b.itemOf('S-250')).item }
    const tooMany = await b.post(setDocument, { input: { ...input, quantities: [...rows, last] }, key: 'a' })
    expect(tooMany.body.errors[0].extensions.code).toBe('MAX_INPUT_SIZE_EXCEEDED')
    expect((await b.data(setDocument, { input, key: 'b' })).inventorySetQuantities.userErrors).toEqual([])
    expect(b.shop.shelf().get('S-249')).toBe(1)
  })
})

describe('adjust', () => {
  it('adds, below zero too', async () => {
    const { b, adjust, change } = await shop()
    const payload = await adjust([change(-12)])
    expect(payload.inventoryAdjustmentGroup.changes[0]).toEqual({
      name: 'available',
      delta: -12,
      quantityAfterChange: -2,
    })
    expect(await b.levels(mug.sku)).toMatchObject({ available: -2, on_hand: -2 })
    expect(b.shop.stats().stockWrites).toBe(1)
  })

  it('checks changeFromQuantity when there is one', async () => {
    const { adjust, change } = await shop()
    expect(codes(await adjust([change(1, { changeFromQuantity: 9 })]))).toEqual(['CHANGE_FROM_QUANTITY_STALE'])
    expect(codes(await adjust([change(1, { changeFromQuantity: 10 })]))).toEqual([])
  })

  it.each([
    ['committed', { name: 'committed' }, {}, 'INVALID_QUANTITY_NAME'],
    ['on_hand', { name: 'on_hand' }, {}, 'INVALID_QUANTITY_NAME'],
    ['a document for available', {}, { ledgerDocumentUri: 'gid://a/b/c' }, 'INVALID_AVAILABLE_DOCUMENT'],
    ['no document for the rest', { name: 'reserved' }, {}, 'INVALID_QUANTITY_DOCUMENT'],
    [
      "Shopify's own document",
      { name: 'reserved' },
      { ledgerDocumentUri: 'gid://shopify/Order/1' },
      'INTERNAL_LEDGER_DOCUMENT',
    ],
    ['a document that is no URI', { name: 'reserved' }, { ledgerDocumentUri: 'x' }, 'INVALID_LEDGER_DOCUMENT'],
  ])('refuses %s', async (_, more, rowMore, code) => {
    const { adjust, change } = await shop()
    expect(codes(await adjust([change(1, rowMore)], more))).toEqual([code])
  })

  it('refuses two documents in one call and a delta beyond two billion', async () => {
    const { adjust, change, other } = await shop()
    const rows = [
      change(1, { ledgerDocumentUri: 'gid://a/b/1' }),
      change(1, { ledgerDocumentUri: 'gid://a/b/2', inventoryItemId: other }),
    ]
    expect(codes(await adjust(rows, { name: 'reserved' }))).toEqual(['MAX_ONE_LEDGER_DOCUMENT'])
    expect(codes(await adjust([change(2_000_000_001)]))).toEqual(['INVALID_QUANTITY_TOO_HIGH'])
    expect(codes(await adjust([change(-2_000_000_001)]))).toEqual(['INVALID_QUANTITY_TOO_LOW'])
  })
})

describe('move', () => {
  it('shifts units between names and leaves on_hand alone', async () => {
    const { b, moves, hold } = await shop()
    expect((await moves([hold(4)])).userErrors).toEqual([])
    expect(await b.levels(mug.sku)).toMatchObject({ available: 6, safety_stock: 4, on_hand: 10 })
  })

  it('gives back no more than was held', async () => {
    const { b, moves, hold, ends, ledger } = await shop()
    const back = ends({ name: 'safety_stock', ledgerDocumentUri: ledger }, { name: 'available' })
    await moves([hold(4)])
    expect(codes(await moves([hold(5, back)]))).toEqual(['MOVE_QUANTITIES_FAILED'])
    await moves([hold(3, back)])
    expect(await b.levels(mug.sku)).toMatchObject({ available: 9, safety_stock: 1, on_hand: 10 })
  })

  it('refuses what the schema cannot', async () => {
    const { moves, hold, ends, ledger, location } = await shop()
    const to = { name: 'safety_stock', ledgerDocumentUri: ledger }
    const refused: [Json, string][] = [
      [{ quantity: -1 }, 'INVALID_QUANTITY_NEGATIVE'],
      [ends({ name: 'available' }, { name: 'available' }), 'SAME_QUANTITY_NAME'],
      [ends({ name: 'available' }, { name: 'committed', ledgerDocumentUri: ledger }), 'INVALID_QUANTITY_NAME'],
      [ends({ name: 'available' }, { name: 'safety_stock' }), 'INVALID_QUANTITY_DOCUMENT'],
      [ends({ name: 'available', ledgerDocumentUri: ledger }, to), 'INVALID_AVAILABLE_DOCUMENT'],
      [ends({ name: 'available', changeFromQuantity: 3 }, to), 'CHANGE_FROM_QUANTITY_STALE'],
      [
        { ...ends({ name: 'available' }, to), to: { ...to, locationId: `${location}0`, changeFromQuantity: null } },
        'DIFFERENT_LOCATIONS',
      ],
    ]
    for (const [more, code] of refused) expect(codes(await moves([hold(1, more)])), code).toEqual([code])
  })

  it('needs changeFromQuantity at both ends', async () => {
    const { b, hold, location } = await shop()
    const { changeFromQuantity: _, ...from } = hold(1).from
    const input = { reason: 'other', referenceDocumentUri: 'gid://onhand/Right/1', changes: [{ ...hold(1), from }] }
    expect((await b.post(moveDocument, { input, key: 'k' })).body.errors[0].message).toContain('changes.0.from')
    expect(location).toBeTruthy()
  })

  it('takes two ledger documents over all rows at most', async () => {
    const { moves, hold, ends } = await shop()
    const rows = [1, 2, 3].map((n) =>
      hold(1, ends({ name: 'available' }, { name: 'reserved', ledgerDocumentUri: `gid://a/b/${n}` })),
    )
    expect(codes(await moves(rows))).toEqual(['MAXIMUM_LEDGER_DOCUMENT_URIS'])
    expect(codes(await moves(rows.slice(1)))).toEqual([])
  })
})

describe('the idempotency key', () => {
  it('is mandatory', async () => {
    const { b, row } = await shop()
    const input = { name: 'available', reason: 'correction', quantities: [row(1)] }
    const bare = setDocument.replace('@idempotent(key: $key)', '').replace(', $key: String!', '')
    expect((await b.post(bare, { input })).body.errors[0].message).toContain('@idempotent')
    expect((await b.post(setDocument, { input, key: '  ' })).body.errors[0].message).toContain('@idempotent')
    expect(b.shop.shelf().get(mug.sku)).toBe(10)
  })

  it('makes a resent call act once, for 24 hours', async () => {
    const { b, adjust, change } = await shop()
    const first = await adjust([change(-2)], {}, 'same')
    await b.clock.advance(23 * 3_600_000)
    expect(await adjust([change(-2)], {}, 'same')).toEqual(first)
    expect(b.shop.shelf().get(mug.sku)).toBe(8)
    await b.clock.advance(3_600_000)
    await adjust([change(-2)], {}, 'same')
    expect(b.shop.shelf().get(mug.sku)).toBe(6)
  })

  it('is refused with other parameters, even in another order', async () => {
    const { adjust, change, location } = await shop()
    await adjust([change(-2)], {}, 'same')
    expect(codes(await adjust([change(-3)], {}, 'same'))).toEqual(['IDEMPOTENCY_KEY_PARAMETER_MISMATCH'])
    const { locationId: _, ...rest } = change(-2)
    expect(codes(await adjust([{ locationId: location, ...rest }], {}, 'same'))).toEqual([
      'IDEMPOTENCY_KEY_PARAMETER_MISMATCH',
    ])
  })

  it('is spent by a refusal', async () => {
    const { b, set, row } = await shop()
    expect(codes(await set([row(1, 9)], {}, 'same'))).toEqual(['CHANGE_FROM_QUANTITY_STALE'])
    b.shop.setStockByHand(mug.sku, 9)
    expect(codes(await set([row(1, 9)], {}, 'same'))).toEqual(['IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED'])
    expect(codes(await set([row(1, 9)], {}, 'new'))).toEqual([])
  })

  it('is refused while the first call is still in flight', async () => {
    const b = bench({ latencyMs: 300 })
    b.shop.addProduct(mug)
    const waiting = b.data('{ inventoryItems(first: 1) { nodes { id } } }')
    await b.clock.advance(300)
    const item = (await waiting).inventoryItems.nodes[0].id
    const input = {
      name: 'available',
      reason: 'correction',
      changes: [
        {
          inventoryItemId: item,
          locationId: `gid://shopify/Location/${b.shop.connection().settings.location}`,
          delta: -1,
          changeFromQuantity: null,
        },
      ],
    }
    const first = b.data(adjustDocument, { input, key: 'k' })
    await b.clock.advance(100)
    const second = b.data(adjustDocument, { input, key: 'k' })
    await b.clock.advance(500)
    expect((await first).inventoryAdjustQuantities.userErrors).toEqual([])
    expect(codes((await second).inventoryAdjustQuantities)).toEqual(['IDEMPOTENCY_CONCURRENT_REQUEST'])
    expect(b.shop.shelf().get(mug.sku)).toBe(9)
  })
})

describe('reading', () => {
  it('finds nothing by a wrong id, and refuses the id of another kind', async () => {
    const { b, item } = await shop()
    expect(await b.data('query($id: ID!) { order(id: $id) { id } }', { id: 'gid://shopify/Order/1' })).toEqual({
      order: null,
    })
    const wrong = await b.post('query($id: ID!) { order(id: $id) { id } }', { id: item })
    expect(wrong.body.errors[0].extensions.code).toBe('RESOURCE_NOT_FOUND')
    const nonsense = await b.post('query($id: ID!) { node(id: $id) { id } }', { id: '7' })
    expect(nonsense.body.errors[0].extensions.code).toBe('INVALID_VARIABLE')
  })

  it('activates an item that is active already without touching its quantities', async () => {
    const { b, item, location } = await shop()
    const document = `mutation($item: ID!, $at: ID!, $n: Int, $key: String!) {
      inventoryActivate(inventoryItemId: $item, locationId: $at, available: $n) @idempotent(key: $key) {
        inventoryLevel { isActive } userErrors { field message } } }`
    const plain = await b.data(document, { item, at: location, key: 'a' })
    expect(plain.inventoryActivate).toEqual({ inventoryLevel: { isActive: true }, userErrors: [] })
    expect((await b.data(document, { item, at: location, n: 3, key: 'b' })).inventoryActivate.userErrors).toHaveLength(
      1,
    )
    expect(b.shop.shelf().get(mug.sku)).toBe(10)
  })
})
