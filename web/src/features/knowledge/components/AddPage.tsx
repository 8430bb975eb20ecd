import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import { Button } from '@/ui/Button'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { addUrl, baseQuery } from '../api/knowledge'

/** A document that stands on the web. */
export function AddPage({ baseId }: { baseId: string }) {
  const client = useQueryClient()
  const [url, setUrl] = useState('')
  const fetchPage = useMutation({
    mutationFn: () => addUrl(baseId, withScheme(url.trim())),
    onSuccess: () => {
      setUrl('')
      return client.invalidateQueries({ queryKey: baseQuery(baseId).queryKey })
    },
  })
  return (
    <>
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          fetchPage.mutate()
        }}
      >
        <TextField className="min-w-56 flex-1" label="Or the address of a page" inputMode="url" autoCapitalize="none" placeholder="example.com/handbook" value={url} maxLength={2000} required onChange={(event) => { setUrl(event.target.value) }} />
        <Button type="submit" busy={fetchPage.isPending} disabled={url.trim() === ''} className="h-11">Fetch it</Button>
      </form>
      {fetchPage.error !== null && <ProblemNote problem={asProblem(fetchPage.error)} />}
    </>
  )
}

/** As one types it into a browser. */
export function withScheme(address: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`
}
