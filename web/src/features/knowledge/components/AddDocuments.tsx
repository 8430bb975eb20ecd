import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type DragEvent, useId, useRef, useState } from 'react'
import { type ApiProblem, asProblem } from '@/api/problem'
import { Button } from '@/ui/Button'
import { Icon } from '@/ui/Icon'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { addUrl, documentsQuery, uploadFile } from '../api/knowledge'

/** Files by choice or by drop, one after the other, and the page at an address. */
export function AddDocuments({ baseId }: { baseId: string }) {
  const client = useQueryClient()
  const id = useId()
  const picker = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [sending, setSending] = useState<string | null>(null)
  const [problems, setProblems] = useState<readonly { name: string; problem: ApiProblem }[]>([])
  const [url, setUrl] = useState('')
  const refresh = () => client.invalidateQueries({ queryKey: documentsQuery(baseId).queryKey })

  const upload = async (files: readonly File[]) => {
    setProblems([])
    for (const file of files) {
      setSending(file.name)
      await uploadFile(baseId, file).catch((error: unknown) => {
        setProblems((known) => [...known, { name: file.name, problem: asProblem(error) }])
      })
      await refresh()
    }
    setSending(null)
  }
  const dropped = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void upload([...event.dataTransfer.files])
  }
  const fetchPage = useMutation({
    mutationFn: () => addUrl(baseId, url.trim()),
    onSuccess: () => {
      setUrl('')
      return refresh()
    },
  })

  return (
    <div className="flex flex-col gap-4">
      <div
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => { setOver(false) }}
        onDrop={dropped}
        className={`flex flex-col items-center gap-3 rounded-2xl border border-dashed px-6 py-8 text-center transition ${over ? 'border-accent bg-wash' : 'border-edge bg-raised'}`}
      >
        <Icon name="upload" size={26} />
        <p className="text-sm text-soft">{sending === null ? 'Drop files here, or' : `Sending ${sending}…`}</p>
        <label htmlFor={id} className="sr-only">Files</label>
        <input ref={picker} id={id} type="file" multiple className="sr-only" tabIndex={-1} onChange={(event) => { void upload([...(event.target.files ?? [])]).then(() => { if (picker.current !== null) picker.current.value = '' }) }} />
        <Button busy={sending !== null} onClick={() => { picker.current?.click() }}>Choose files</Button>
      </div>
      {problems.map(({ name, problem }) => <ProblemNote key={name} problem={problem}><span className="text-soft">{name}</span></ProblemNote>)}
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          fetchPage.mutate()
        }}
      >
        <TextField className="min-w-56 flex-1" label="Or the address of a page" type="url" placeholder="https://example.com/handbook" value={url} maxLength={2000} required onChange={(event) => { setUrl(event.target.value) }} />
        <Button type="submit" busy={fetchPage.isPending} disabled={url.trim() === ''} className="h-11">Fetch it</Button>
      </form>
      {fetchPage.error !== null && <ProblemNote problem={asProblem(fetchPage.error)} />}
    </div>
  )
}
