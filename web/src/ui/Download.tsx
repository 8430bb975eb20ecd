import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { download } from '@/api/download'
import { asProblem } from '@/api/problem'
import { toast } from './toast'

interface DownloadProps {
  path: string
  /** What the saved file is called. */
  name: string
  label?: string
  className?: string
  children: ReactNode
}

/** A button that saves a file; what goes wrong is said at the foot of the page. */
export function Download({ path, name, label, className, children }: DownloadProps) {
  const save = useMutation({
    mutationFn: () => download(path, name),
    onError: (error) => { toast(asProblem(error).detail) },
  })
  return <button type="button" aria-label={label} title={label} aria-busy={save.isPending || undefined} disabled={save.isPending} onClick={() => { save.mutate() }} className={className}>{children}</button>
}
