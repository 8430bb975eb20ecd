import { type DragEvent, useEffect, useId, useRef, useState } from 'react'
import { Button } from '@/ui/Button'
import { Icon } from '@/ui/Icon'
import { ProblemNote } from '@/ui/ProblemNote'
import { useUploads } from '../hooks/useUploads'
import { AddPage } from './AddPage'

/** Files by choice or by drop, one after the other, and the page at an address. */
export function AddDocuments({ baseId }: { baseId: string }) {
  const { sending, refused, upload, stop } = useUploads()
  const id = useId()
  const picker = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  useMissedDrops()

  const choose = async (files: readonly File[]) => {
    await upload(baseId, files)
    if (picker.current !== null) picker.current.value = ''
  }
  const dropped = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    if (sending === null) void choose([...event.dataTransfer.files])
  }
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
        <p role="status" className="max-w-full text-sm wrap-anywhere text-soft">
          {sending === null ? 'Drop files here, or' : `Sending ${sending.of > 1 ? `${String(sending.number)} of ${String(sending.of)}: ` : ''}${sending.name}…`}
        </p>
        <label htmlFor={id} className="sr-only">Files</label>
        <input ref={picker} id={id} type="file" multiple className="sr-only" tabIndex={-1} onChange={(event) => { void choose([...(event.target.files ?? [])]) }} />
        {sending === null
          ? <Button onClick={() => { picker.current?.click() }}>Choose files</Button>
          : <Button onClick={stop}>Stop sending</Button>}
      </div>
      {refused.map(({ name, problem }, index) => <ProblemNote key={index} problem={problem}><span className="wrap-anywhere text-soft">{name}</span></ProblemNote>)}
      <AddPage baseId={baseId} />
    </div>
  )
}

/** A file that is dropped beside the place for it would be opened in place of this page. */
function useMissedDrops() {
  useEffect(() => {
    const keep = (event: Event) => { event.preventDefault() }
    addEventListener('dragover', keep)
    addEventListener('drop', keep)
    return () => {
      removeEventListener('dragover', keep)
      removeEventListener('drop', keep)
    }
  }, [])
}
