import { problemFrom } from './problem'
import { send } from './transport'

const SAVED_WITHIN = 60_000

/** Saves a file under a name. A plain link could neither say the workspace nor renew a session whose short half ran out. */
export async function download(path: string, name: string): Promise<void> {
  const response = await send(new Request(path))
  if (!response.ok) throw await problemFrom(response)
  save(await response.blob(), name)
}

export function save(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => { URL.revokeObjectURL(link.href) }, SAVED_WITHIN)
}
