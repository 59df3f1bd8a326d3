/** Metafield definitions: the shop keeps one per owner, namespace and key. */

import { appNamespace } from './app-namespace.ts'
import { gid } from './ids.ts'
import type { Definition } from './model.ts'
import { type Context, type Resolvers, userError } from './resolve.ts'

interface DefinitionInput {
  readonly name: string
  readonly namespace?: string | null
  readonly key: string
  readonly type: string
  readonly ownerType: string
}

function create(_: unknown, { definition: input }: { definition: DefinitionInput }, { world }: Context) {
  const namespace = appNamespace(world, input.namespace)
  const name = `${input.ownerType} ${namespace} ${input.key}`
  if (world.definitions.has(name))
    return { createdDefinition: null, userErrors: [userError(['definition', 'key'], 'Key is in use', 'TAKEN')] }
  const definition: Definition = { ...input, namespace, id: world.newId('MetafieldDefinition') }
  world.definitions.set(name, definition)
  return { createdDefinition: definition, userErrors: [] }
}

export const metafieldResolvers: Resolvers = {
  Mutation: { metafieldDefinitionCreate: create },
  MetafieldDefinition: {
    id: ({ id }: Definition) => gid('MetafieldDefinition', id),
    type: ({ type }: Definition) => ({ name: type, category: 'ID' }),
  },
}
