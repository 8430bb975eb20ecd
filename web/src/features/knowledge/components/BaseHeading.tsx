import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { KnowledgeBase } from '@/api/types'
import { useSession } from '@/features/account/hooks/useSession'
import { RenameField } from '@/features/conversations/components/RenameField'
import { Button } from '@/ui/Button'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { toast } from '@/ui/toast'
import { basesQuery, changeBase, deleteBase } from '../api/knowledge'

/** A base's name, who sees it, and what can be done with the whole of it. */
export function BaseHeading({ base, mayWrite }: { base: KnowledgeBase; mayWrite: boolean }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { user } = useSession()
  const [renaming, setRenaming] = useState(false)
  const [leaving, setLeaving] = useState(false)
  const isPrivate = base.visibility === 'private'
  const refresh = () => client.invalidateQueries({ queryKey: basesQuery.queryKey })
  const change = useMutation({
    mutationFn: (wanted: Parameters<typeof changeBase>[1]) => changeBase(base.id, wanted),
    onError: (error) => { toast(asProblem(error).detail) },
    onSettled: refresh,
  })
  const remove = useMutation({
    mutationFn: () => deleteBase(base.id),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: async () => {
      await navigate({ to: '/knowledge' })
      await refresh()
    },
  })
  return (
    <>
      <div className="mt-1">
        {renaming
          ? <RenameField title={base.name} onDone={(name) => { setRenaming(false); if (name !== null) change.mutate({ name }) }} />
          : <h1 dir="auto" className="font-serif text-3xl font-semibold tracking-tight break-words">{base.name}</h1>}
      </div>
      <p className="mt-1 text-soft">{isPrivate ? 'Only you see it.' : 'The whole workspace sees it.'}</p>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        {base.documents > 0 && mayWrite && <Link to="/" search={{ knowledge: base.id }} className="inline-flex h-10 items-center rounded-lg bg-fill px-4 text-sm font-medium text-on-accent transition hover:opacity-90">Ask these documents</Link>}
        {mayWrite && <Button look="quiet" onClick={() => { setRenaming(true) }}>Rename</Button>}
        {mayWrite && base.owner_id === user.id && <Button look="quiet" busy={change.isPending} onClick={() => { change.mutate({ visibility: isPrivate ? 'workspace' : 'private' }) }}>{isPrivate ? 'Share with the workspace' : 'Keep it to myself'}</Button>}
        {mayWrite && <Button look="quiet" onClick={() => { setLeaving(true) }}>Delete</Button>}
      </div>
      {leaving && (
        <ConfirmDialog
          title={`Delete “${base.name}”?`}
          action="Delete"
          busy={remove.isPending}
          onConfirm={() => { remove.mutate() }}
          onClose={() => { setLeaving(false) }}
        >
          Its documents and their passages are deleted for good. Answers that cited them keep their words.
        </ConfirmDialog>
      )}
    </>
  )
}
