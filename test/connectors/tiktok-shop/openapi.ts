/** TikTok's official OpenAPI files, closed: they name no required body fields and allow any extra one, so as they are nothing could fail. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Received } from './support.ts'

interface Schema {
  type?: string | undefined
  format?: string | undefined
  properties?: Record<string, Schema> | undefined
  items?: Schema | undefined
}
const schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    type: z.string().optional(),
    format: z.string().optional(),
    properties: z.record(z.string(), schema).optional(),
    items: schema.optional(),
  }),
)
const json = z.record(z.string(), z.looseObject({ schema }))
const operation = z.looseObject({
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().default(false), schema }))
    .default([]),
  requestBody: z.looseObject({ content: json }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: json.optional() })),
})
type Operation = z.infer<typeof operation>
const file = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })

const folder = join(
  dirname(createRequire(import.meta.url).resolve('@tts-open-toolkit/cli/package.json')),
  'skills/tts-openapi-guide/references/oas/paths',
)

/** What the files leave out, by path template and method. Keys of `rules` are field paths: `skus[].id`, `?page_size`. */
export interface Overlay {
  /** Where it is said. */
  readonly source: string
  /** Query parameters newer than the files. */
  readonly query?: readonly string[]
  readonly required?: readonly string[]
  readonly rules?: Readonly<Record<string, (value: unknown) => boolean>>
}
export type Overlays = Readonly<Record<string, Overlay>>

/** Of every request; `shop_cipher` where the file has it. */
const commonQuery = ['app_key', 'timestamp', 'sign']

function find(method: string, path: string): { template: string; operation: Operation } | undefined {
  const module = path.split('/')[1] ?? ''
  let text: string
  try {
    text = readFileSync(join(folder, `${module}.json`), 'utf8')
  } catch {
    return undefined
  }
  const { paths } = file.parse(JSON.parse(text))
  // A literal path wins over one with parameters: /products/search is no /products/{product_id}.
  const templates = Object.keys(paths).sort((a, b) => a.split('{').length - b.split('{').length)
  const template = templates.find((each) => new RegExp(`^${each.replaceAll(/\{\w+\}/g, '\\d+')}$`).test(path))
  const found = template === undefined ? undefined : paths[template]?.[method.toLowerCase()]
  return template === undefined || found === undefined ? undefined : { template, operation: operation.parse(found) }
}

function isScalar(value: unknown, type: string | undefined, format: string | undefined): boolean {
  if (type === 'integer') {
    const limit = format === 'int32' ? 2 ** 31 : 2 ** 53
    return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < limit
  }
  return typeof value === type
}

/** Every complaint about a value: its field path and what is wrong. */
function complaints(value: unknown, by: Schema, at: string): string[] {
  if (by.properties || by.type === 'object') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at}: not an object`]
    return Object.entries(value).flatMap(([name, each]) => {
      const inner = by.properties?.[name]
      const path = at ? `${at}.${name}` : name
      return inner ? complaints(each, inner, path) : [`${path}: no such field`]
    })
  }
  if (by.type === 'array') {
    if (!Array.isArray(value)) return [`${at}: not a list`]
    return value.flatMap((each) => complaints(each, by.items ?? {}, `${at}[]`))
  }
  return isScalar(value, by.type, by.format) ? [] : [`${at}: not ${by.type}`]
}

/** All values at a field path, `undefined` for each place where the last field is missing. */
function valuesAt(value: unknown, path: string): unknown[] {
  let values = [value]
  for (const step of path.split('.')) {
    const name = step.replace('[]', '')
    values = values.flatMap((each) => {
      const found = z.record(z.string(), z.unknown()).safeParse(each).data?.[name]
      if (!step.endsWith('[]')) return [found]
      return Array.isArray(found) ? found : [undefined]
    })
  }
  return values
}

function overlayComplaints(overlay: Overlay, body: unknown, query: Record<string, string>): string[] {
  const at = (path: string) => (path.startsWith('?') ? [query[path.slice(1)]] : valuesAt(body, path))
  const missing = (overlay.required ?? []).filter((path) => at(path).some((value) => value === undefined))
  const broken = Object.entries(overlay.rules ?? {}).filter(([path, holds]) =>
    at(path).some((value) => value !== undefined && !holds(value)),
  )
  return [...missing.map((path) => `${path}: missing`), ...broken.map(([path]) => `${path}: outside its range`)]
}

/** What TikTok's files and the overlay say against a request; empty when it is right. */
export function requestComplaints(request: Received, overlays: Overlays): string[] {
  const found = find(request.method, request.path)
  if (!found) return [`${request.method} ${request.path}: no such request`]
  const { template, operation: asked } = found
  const overlay = overlays[`${request.method} ${template}`] ?? { source: '' }
  const declared = asked.parameters.filter((each) => each.in === 'query')
  const known = new Set([...commonQuery, ...(overlay.query ?? []), ...declared.map(({ name }) => name)])
  const needed = [
    ...commonQuery,
    ...declared.filter(({ required, name }) => required || name === 'shop_cipher').map(({ name }) => name),
  ]
  const headers = asked.parameters.filter((each) => each.in === 'header' && each.required)
  return [
    ...Object.keys(request.query).flatMap((name) => (known.has(name) ? [] : [`?${name}: no such parameter`])),
    ...needed.flatMap((name) => (request.query[name] ? [] : [`?${name}: missing`])),
    ...declared.flatMap(({ name, schema: { type } }) =>
      type === 'integer' && request.query[name] !== undefined && !/^\d+$/.test(request.query[name])
        ? [`?${name}: not a number`]
        : [],
    ),
    ...headers.flatMap(({ name }) => (request.headers[name.toLowerCase()] ? [] : [`${name}: missing header`])),
    ...bodyComplaints(request, asked, overlay),
  ]
}

function bodyComplaints(request: Received, asked: Operation, overlay: Overlay): string[] {
  const by = asked.requestBody?.content['application/json']?.schema
  if (!by)
    return [...(request.body ? ['a body where none belongs'] : []), ...overlayComplaints(overlay, {}, request.query)]
  if (!request.body) return ['no body']
  const body: unknown = JSON.parse(request.body)
  const empty = JSON.stringify(body) === '{}' ? ['the body is {}'] : []
  return [...empty, ...complaints(body, by, ''), ...overlayComplaints(overlay, body, request.query)]
}

/** What the files say against `data` of an answer. */
export function answerComplaints(method: string, path: string, data: unknown): string[] {
  const by = find(method, path)?.operation.responses['200']?.content?.['application/json']?.schema
  return by?.properties?.data ? complaints(data, by.properties.data, '') : ['no such answer']
}
