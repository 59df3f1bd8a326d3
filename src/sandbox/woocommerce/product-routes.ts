/** Products over HTTP; variations may be read here, but not written. */

import { type Answer, answerPage, dateFilter, listOrders, sortRows } from './lists.ts'
import { apiRoot, productJson } from './product-json.ts'
import {
  createProduct,
  forceDeleteProduct,
  invalidId,
  isListed,
  stockStatusOf,
  trashProduct,
  updateProduct,
} from './products.ts'
import { RestError } from './rest-error.ts'
import { batch, type Call, created, idFilter, ok, type Route, updates, wordsOf } from './route.ts'
import type { Product, State } from './state.ts'
import { productSchema, productStatuses, validate, validateList } from './validate.ts'
import type { Fields } from './values.ts'

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

export function listProducts(
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

export function productRoutes(state: State): Route[] {
  const { any, writable, remove } = productHandlers(state)
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
  ]
}
