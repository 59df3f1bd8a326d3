/** Shopify's official Admin schema, and what a request must keep to: the schema itself and the run-time rules it cannot say. */

import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import {
  buildClientSchema,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  type IntrospectionQuery,
  isEnumType,
  Kind,
  NoDeprecatedCustomRule,
  parse,
  specifiedRules,
  validate,
  visit,
} from 'graphql'

const file = new URL(
  '../../../node_modules/@shopify/ai-toolkit/skills/shopify-admin/assets/admin_2026-10.json.br',
  import.meta.url,
)

let loaded: GraphQLSchema | undefined

export function adminSchema(): GraphQLSchema {
  if (!loaded) {
    const { data }: { data: IntrospectionQuery } = JSON.parse(brotliDecompressSync(readFileSync(file)).toString('utf8'))
    // The file deprecates a few fields that interfaces do not, which newer graphql refuses; nothing we ask for is among them.
    loaded = buildClientSchema(data, { assumeValid: true })
  }
  return loaded
}

/** The values of one of its enums. */
export function enumWords(name: string): string[] {
  const type = adminSchema().getType(name)
  if (!isEnumType(type)) throw new Error(`The schema has no enum ${name}.`)
  return type.getValues().map((value) => value.name)
}

/** Mutations that Shopify refuses without `@idempotent` since 2026-04 (usage guide on idempotent requests). */
const keyedMutations = new Set([
  'inventoryActivate',
  'inventoryAdjustQuantities',
  'inventoryMoveQuantities',
  'inventorySetOnHandQuantities',
  'inventorySetQuantities',
  'refundCreate',
])
/** Inputs that must say `changeFromQuantity`, null included, since 2026-04. */
const comparedInputs = new Set(['InventoryChangeInput', 'InventoryQuantityInput', 'InventoryMoveQuantityTerminalInput'])

/** All that is wrong with a request, in words; empty when Shopify would run it. */
export function faultsOf(query: string, variables: Record<string, unknown>): string[] {
  let document: DocumentNode
  try {
    document = parse(query)
  } catch (error) {
    return [error instanceof GraphQLError ? error.message : String(error)]
  }
  const schema = adminSchema()
  const faults = validate(schema, document, [...specifiedRules, NoDeprecatedCustomRule]).map(({ message }) => message)
  if (faults.length > 0) return faults
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const { errors } = getVariableValues(schema, definition.variableDefinitions ?? [], variables)
    faults.push(...(errors ?? []).map(({ message }) => message))
    for (const { variable, type } of definition.variableDefinitions ?? []) {
      const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type
      if (named.kind !== Kind.NAMED_TYPE) continue
      faults.push(...comparisonFaults(schema, named.name.value, variables[variable.name.value]))
    }
  }
  return [...faults, ...keyFaults(document)]
}

function keyFaults(document: DocumentNode): string[] {
  const faults: string[] = []
  visit(document, {
    Field(field) {
      const isKeyed = field.directives?.some(({ name }) => name.value === 'idempotent')
      if (keyedMutations.has(field.name.value) && !isKeyed) faults.push(`${field.name.value} needs @idempotent`)
    },
  })
  return faults
}

function comparisonFaults(schema: GraphQLSchema, typeName: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => comparisonFaults(schema, typeName, each))
  if (typeof value !== 'object' || value === null) return []
  const type = schema.getType(typeName)
  if (!type || !('getFields' in type)) return []
  const faults =
    comparedInputs.has(typeName) && !('changeFromQuantity' in value)
      ? [`${typeName} must say changeFromQuantity, if only null`]
      : []
  const fields = type.getFields()
  for (const [name, inner] of Object.entries(value)) {
    const innerType = fields[name]?.type.toString().replaceAll(/[[\]!]/g, '')
    if (innerType) faults.push(...comparisonFaults(schema, innerType, inner))
  }
  return faults
}
