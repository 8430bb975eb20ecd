import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { ApiKey } from '@/api/types'
import { useSession } from '@/features/account/hooks/useSession'
import { Button } from '@/ui/Button'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { ProblemNote } from '@/ui/ProblemNote'
import { TextField } from '@/ui/TextField'
import { useDocumentTitle } from '@/ui/documentTitle'
import { toast } from '@/ui/toast'
import { createKey, keysQuery, revokeKey } from '../api/settings'
import { ago } from './ago'
import { NewKey } from './NewKey'
import { Row, Rows } from './Rows'
import { Section } from './Section'

export function ApiKeysSection() {
  const { workspace } = useSession()
  useDocumentTitle('API keys')
  if (workspace === null) return null
  if (workspace.role !== 'owner' && workspace.role !== 'admin') {
    return <Section title="API keys"><p className="text-sm text-soft">Owners and admins of {workspace.name} make and revoke its keys. Ask one of them.</p></Section>
  }
  return <Keys workspace={workspace.id} />
}

function Keys({ workspace }: { workspace: string }) {
  const query = useQuery(keysQuery(workspace))
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [leaving, setLeaving] = useState<ApiKey | null>(null)
  const refresh = () => client.invalidateQueries({ queryKey: keysQuery(workspace).queryKey })
  const create = useMutation({
    mutationFn: () => createKey(workspace, name.trim()),
    onSuccess: () => {
      setName('')
      return refresh()
    },
  })
  const revoke = useMutation({
    mutationFn: (key: ApiKey) => revokeKey(workspace, key.id),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: () => { toast('The key is revoked.') },
    onSettled: refresh,
  })

  return (
    <>
      <Section title="A new key" about="For programs that speak OpenAI's API: they need a key of this workspace and this address.">
        <form
          className="flex max-w-lg items-end gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            create.mutate()
          }}
        >
          <TextField className="flex-1" label="What is it for?" placeholder="Notebook on my laptop" value={name} maxLength={100} required onChange={(event) => { setName(event.target.value) }} />
          <Button type="submit" look="primary" busy={create.isPending} disabled={name.trim() === ''} className="h-11">Make the key</Button>
        </form>
        {create.error !== null && <div className="mt-4 max-w-lg"><ProblemNote problem={asProblem(create.error)} /></div>}
        {create.data !== undefined && <NewKey value={create.data.key} onDone={create.reset} />}
      </Section>
      <Section title="Keys">
        <Rows label="API keys" query={query} empty="There are no keys yet.">
          {(query.data?.data ?? []).map((key) => (
            <Row key={key.id}>
              <div className="min-w-0 flex-1">
                <p className="truncate text-sm font-medium">{key.name}</p>
                <p className="text-xs text-faint"><code>{key.prefix}…</code> · made {ago(key.created_at)} · {key.last_used_at === null ? 'never used' : `used ${ago(key.last_used_at)}`}</p>
              </div>
              <Button look="quiet" aria-label={`Revoke ${key.name}`} onClick={() => { setLeaving(key) }}>Revoke</Button>
            </Row>
          ))}
        </Rows>
      </Section>
      {leaving !== null && (
        <ConfirmDialog
          title={`Revoke “${leaving.name}”?`}
          action="Revoke"
          onConfirm={() => { revoke.mutate(leaving); setLeaving(null) }}
          onClose={() => { setLeaving(null) }}
        >
          Programs that use it stop working within a second. This cannot be undone.
        </ConfirmDialog>
      )}
    </>
  )
}
