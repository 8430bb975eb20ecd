import { useRef } from 'react'
import { IconButton } from '@/ui/IconButton'
import type { Attachments } from '../hooks/useAttachments'

export function AttachButton({ files }: { files: Attachments }) {
  const picker = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label="Files to ask"
        onChange={({ target }) => {
          files.add([...(target.files ?? [])])
          target.value = ''
        }}
      />
      <IconButton icon="clip" label="Add files" size="small" className="-mr-1" onClick={() => { picker.current?.click() }} />
    </>
  )
}
