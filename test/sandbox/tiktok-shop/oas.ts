/** The official OpenAPI files, closed: they allow any extra field and require none, so a plain validation could not fail. */

import { readFileSync } from 'node:fs'
import { look } from './support.ts'

const folder = new URL(
  '../../../node_modules/@tts-open-toolkit/cli/skills/tts-openapi-guide/references/oas/paths/',
  import.meta.url,
)

export interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

export interface Operation {
  readonly query: readonly string[]
  readonly body: Schema | undefined
  readonly answer: Schema
}

/** What the files leave out: names required in an answer, and the words a field may hold; each with its source in the overlay. */
export interface Closing {
  readonly required?: Readonly<Record<string, readonly string[]>>
  readonly words?: Readonly<Record<string, readonly string[]>>
}

/** Trusts the installed package to be OpenAPI; a part that is not shows as a violation of every answer. */
const asSchema = (value: unknown): Schema => (typeof value === 'object' && value !== null ? value : {})

export function operation(method: string, path: string): Operation {
  const file = readFileSync(new URL(`${path.split('/')[1]}.json`, folder), 'utf8')
  const found = look(look(JSON.parse(file)).at('paths', path, method.toLowerCase()))
  const json = ['content', 'application/json', 'schema']
  const answer = found.at('responses', '200', ...json)
  if (answer === undefined) throw new Error(`${method} ${path} is not in the official files`)
  const body = found.at('requestBody', ...json)
  return {
    query: found
      .list('parameters')
      .filter((parameter) => parameter.at('in') === 'query')
      .map((parameter) => parameter.text('name')),
    body: body === undefined ? undefined : asSchema(body),
    answer: asSchema(answer),
  }
}

const kinds: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isSafeInteger(value),
  array: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}

/** Every way the value is not the schema's, each with its place; `[]` stands for any element of a list. */
export function violations(value: unknown, schema: Schema, closing: Closing, at = ''): string[] {
  const isKind = kinds[schema.type ?? '']
  if (!isKind) return [`${at}: the schema names no type`]
  if (!isKind(value)) return [`${at}: expected ${schema.type}, found ${JSON.stringify(value)}`]
  const words = closing.words?.[at]
  if (words && !words.includes(String(value)))
    return [`${at}: ${JSON.stringify(value)} is not one of ${words.join(', ')}`]
  if (Array.isArray(value)) {
    const items = schema.items ?? {}
    return value.flatMap((item) => violations(item, items, closing, `${at}[]`))
  }
  if (typeof value !== 'object' || value === null) return []
  const missing = (closing.required?.[at] ?? []).filter((name) => !(name in value))
  const inner = Object.entries(value).flatMap(([name, member]) => {
    const part = schema.properties?.[name]
    const place = at === '' ? name : `${at}.${name}`
    return part ? violations(member, part, closing, place) : [`${place}: not in the official schema`]
  })
  return [...missing.map((name) => `${at}.${name}: missing`), ...inner]
}

/** Every value one change away: a member renamed, and a member of another kind. */
export function* mutants(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      for (const changed of mutants(item)) yield value.map((one, at) => (at === i ? changed : one))
    return
  }
  if (typeof value !== 'object' || value === null) {
    yield typeof value === 'string' ? 0 : String(value)
    return
  }
  for (const [name, member] of Object.entries(value)) {
    const { [name]: _, ...rest } = Object.fromEntries(Object.entries(value))
    yield { ...rest, [`${name}_x`]: member }
    for (const changed of mutants(member)) yield { ...rest, [name]: changed }
  }
}
