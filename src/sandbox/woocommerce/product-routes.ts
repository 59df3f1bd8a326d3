/** Products and variations over HTTP. */

import { type Answer, answerPage, dateFilter, listOrders, sortRows } from './lists.ts'
import { apiRoot, productJson, variationJson } from './product-json.ts'
import {
  childrenOf,
  createProduct,
  forceDeleteProduct,
  invalidId,
  isListed,
  stockStatusOf,
  trashProduct,
  updateProduct,
} from './products.ts'
import { RestError } from './rest-error.ts'
import { batch, type Call, created, type Handler, idFilter, ok, type Route, updates, wordsOf } from './route.ts'
import type { Product, State } from './state.ts'
import { productSchema, productStatuses, validate, validateList, variationSchema } from './validate.ts'
import { type Fields, phpInt } from './values.ts'

const listRules = { orderby: [...listOrders, 'price', 'popularity', 'rating', 'menu_order'], statuses: productStatuses }

function statusFilter(state: State, call: Call): (product: Product) => boolean {
  const wanted = wordsOf(call.query, 'status')
  if (wanted.size === 0 || wanted.has('any')) return (product) => isListed(state, product)
  return (product) => wanted.has(product.status)
}

/** A sku filter finds variations too; without one a product list has none. */
function candidates(state: State, call: Call): Product[] {
  const skus = call.query.list('sku')
  if (skus.length > 0) return skus.flatMap((sku) => state.products.get(state.bySku.get(sku) ?? 0) ?? [])
  return [...state.products.values()].filter(({ parentId }) => parentId === 0)
}

function listProducts(
  state: State,
  call: Call,
  rows: readonly Product[],
  render: (product: Product) => Fields,
): Answer {
  const { query } = call
  validateList(query, listRules)
  const [inDates, byId, byStatus] = [
    dateFilter(query, state.options.utcOffsetMinutes),
    idFilter(query),
    statusFilter(state, call),
  ]
  const [type, stockStatus, search] = [query.get('type'), query.get('stock_status'), query.get('search')?.toLowerCase()]
  const found = rows.filter(
    (row) =>
      byStatus(row) &&
      byId(row) &&
      inDates(row) &&
      (!type || row.type === type) &&
      (!stockStatus || stockStatusOf(state, row) === stockStatus) &&
      (!search || row.name.toLowerCase().includes(search) || row.sku.toLowerCase().includes(search)),
  )
  return answerPage(
    sortRows(found, query, ({ name }) => name),
    query,
    call.url,
    render,
  )
}

const noVariation = (status = 404) =>
  new RestError(status, 'woocommerce_rest_product_variation_invalid_id', 'Invalid ID.')

/** The products' own routes: a variation may be read here, but not written. */
function productHandlers(state: State) {
  const any = (id: number, status = 404): Product => {
    const product = state.products.get(id)
    if (!product) throw invalidId(status)
    return product
  }
  const writable = (id: number, status = 404): Product => {
    const product = any(id, status)
    if (product.parentId > 0)
      throw new RestError(
        404,
        'woocommerce_rest_invalid_product_id',
        'To manipulate product variations you should use the /products/<product_id>/variations/<id> endpoint.',
      )
    return product
  }
  const remove = (product: Product, force: boolean) => {
    if (force) {
      const body = productJson(state, product)
      forceDeleteProduct(state, product)
      return body
    }
    trashProduct(state, product)
    return productJson(state, product)
  }
  return { any, writable, remove }
}

function variationHandlers(state: State, any: (id: number) => Product) {
  const parent = (call: Call) => any(call.id(0))
  const find = (call: Call, id: number, status = 404): Product => {
    const variation = state.products.get(id)
    if (!variation || variation.parentId !== parent(call).id) throw noVariation(status)
    return variation
  }
  const update = (call: Call, id: number, fields: Fields, isBatch: boolean) => {
    const variation = find(call, id, isBatch ? 400 : 404)
    updateProduct(state, variation, fields, isBatch)
    return variationJson(state, variation)
  }
  const remove = (call: Call, id: number, force: boolean) => {
    const variation = find(call, id)
    const body = variationJson(state, variation)
    if (force) forceDeleteProduct(state, variation)
    else trashProduct(state, variation)
    return body
  }
  const batchOf: Handler = (call) =>
    batch({
      create: (fields) => variationJson(state, createProduct(state, fields, true, parent(call))),
      update: (id, fields) => update(call, id, fields, true),
      delete: (id) => remove(call, id, true),
    })(call)
  return { parent, find, update, remove, batchOf }
}

export function productRoutes(state: State): Route[] {
  const { any, writable, remove } = productHandlers(state)
  const below = variationHandlers(state, any)
  const asVariation = (row: Product) => variationJson(state, row)
  const update = (id: number, fields: Fields, isBatch: boolean) => {
    const product = writable(id, isBatch ? 400 : 404)
    updateProduct(state, product, fields, isBatch)
    return productJson(state, product, true)
  }
  return [
    {
      path: 'wc/v3/products',
      verbs: {
        GET: (call) => listProducts(state, call, candidates(state, call), (row) => productJson(state, row)),
        POST: ({ fields }) => {
          validate(productSchema, fields)
          const product = createProduct(state, fields)
          return created(productJson(state, product, true), `${apiRoot(state)}/products/${product.id}`)
        },
      },
    },
    {
      path: 'wc/v3/products/:id',
      verbs: {
        GET: (call) => ok(productJson(state, any(call.id(0)))),
        ...updates((call) => {
          validate(productSchema, call.fields)
          return ok(update(call.id(0), call.fields, false))
        }),
        DELETE: (call) => ok(remove(any(call.id(0)), call.force)),
      },
    },
    {
      path: 'wc/v3/products/batch',
      verbs: updates(
        batch({
          create: (fields) => productJson(state, createProduct(state, fields, true), true),
          update: (id, fields) => update(id, fields, true),
          delete: (id) => remove(any(id), true),
        }),
      ),
    },
    {
      path: 'wc/v3/products/:id/variations',
      verbs: {
        GET: (call) => listProducts(state, call, childrenOf(state, below.parent(call)), asVariation),
        POST: (call) => {
          validate(variationSchema, call.fields)
          const variation = createProduct(state, call.fields, false, below.parent(call))
          return created(
            variationJson(state, variation),
            `${apiRoot(state)}/products/(?P<product_id>[\\d]+)/variations/${variation.id}`,
          )
        },
      },
    },
    { path: 'wc/v3/products/:id/variations/batch', verbs: updates(below.batchOf) },
    {
      path: 'wc/v3/products/:id/variations/:id',
      verbs: {
        GET: (call) => ok(asVariation(below.find(call, call.id(1)))),
        ...updates((call) => {
          validate(variationSchema, call.fields)
          return ok(below.update(call, call.id(1), call.fields, false))
        }),
        DELETE: (call) => ok(below.remove(call, call.id(1), call.force)),
      },
    },
    {
      path: 'wc/v3/variations',
      verbs: {
        GET: (call) => {
          const skus = wordsOf(call.query, 'sku')
          const rows = [...state.products.values()].filter(
            ({ parentId, sku }) => parentId > 0 && (skus.size === 0 || skus.has(sku)),
          )
          const parent = phpInt(call.query.get('parent'))
          return listProducts(
            state,
            call,
            parent ? rows.filter(({ parentId }) => parentId === parent) : rows,
            asVariation,
          )
        },
      },
    },
  ]
}
