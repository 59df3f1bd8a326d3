/** Variations over HTTP, below their own parent or as one list of the whole shop. */

import { apiRoot, variationJson } from './product-json.ts'
import { listProducts } from './product-routes.ts'
import { childrenOf, createProduct, forceDeleteProduct, invalidId, trashProduct, updateProduct } from './products.ts'
import { RestError } from './rest-error.ts'
import { batch, type Call, created, type Handler, ok, type Route, updates, wordsOf } from './route.ts'
import type { Product, State } from './state.ts'
import { validate, variationSchema } from './validate.ts'
import { type Fields, phpInt } from './values.ts'

const noVariation = (status = 404) =>
  new RestError(status, 'woocommerce_rest_product_variation_invalid_id', 'Invalid ID.')

function variationHandlers(state: State) {
  const parent = (call: Call): Product => {
    const product = state.products.get(call.id(0))
    if (!product) throw invalidId()
    return product
  }
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

export function variationRoutes(state: State): Route[] {
  const below = variationHandlers(state)
  const asVariation = (row: Product) => variationJson(state, row)
  return [
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
