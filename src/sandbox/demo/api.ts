/** The demo drives Onhand as any script would: over its JSON API. */

export interface Api {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  patch<T>(path: string, body: unknown): Promise<T>
  /** Every item of a paged list. */
  all<T>(path: string): Promise<T[]>
}

export function createApiClient(url: string, token: string): Api {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${url}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 500)}`)
    // Safe as far as a demo goes: the shapes are the API's own document's.
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  return {
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),
    patch: (path, body) => call('PATCH', path, body),
    async all<T>(path: string) {
      const items: T[] = []
      let after: string | null = ''
      while (after !== null) {
        const page: { items: T[]; next: string | null } = await call(
          'GET',
          `${path}${path.includes('?') ? '&' : '?'}limit=200${after ? `&after=${encodeURIComponent(after)}` : ''}`,
        )
        items.push(...page.items)
        after = page.next
      }
      return items
    },
  }
}
