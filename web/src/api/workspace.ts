/** Which workspace this browser is in; the server falls back to the person's first when none is named. */
const KEY = 'tertulia.workspace'

export function currentWorkspace(): string | null {
  return localStorage.getItem(KEY)
}

export function rememberWorkspace(id: string | null): void {
  if (id === null) localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, id)
}
