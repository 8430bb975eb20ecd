import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { OwnProvider } from '@/api/types'
import { useSession } from '@/features/account/hooks/useSession'
import { Button } from '@/ui/Button'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { useDocumentTitle } from '@/ui/documentTitle'
import { toast } from '@/ui/toast'
import { providersQuery, removeProvider } from '../api/settings'
import { AddProvider } from './AddProvider'
import { ModelsSection } from './ModelsSection'
import { Row, Rows } from './Rows'
import { Section } from './Section'

/** Keys of the workspace's own at providers: their models stand beside the installation's. */
export function ProvidersSection() {
  const { workspace } = useSession()
  useDocumentTitle('Providers')
  if (workspace === null) return null
  return <Providers workspace={workspace.id} mayChange={workspace.role === 'owner' || workspace.role === 'admin'} />
}

function Providers({ workspace, mayChange }: { workspace: string; mayChange: boolean }) {
  const query = useQuery(providersQuery(workspace))
  const client = useQueryClient()
  const [leaving, setLeaving] = useState<OwnProvider | null>(null)
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: providersQuery(workspace).queryKey })
    await client.invalidateQueries({ queryKey: ['models'] })
  }
  const remove = useMutation({
    mutationFn: (provider: OwnProvider) => removeProvider(workspace, provider.name),
    onError: (error) => { toast(asProblem(error).detail) },
    onSuccess: () => { toast('The provider is removed and its key forgotten.') },
    onSettled: refresh,
  })
  return (
    <>
      <ModelsSection />
      <Section title="Providers of your own" about="Models that the workspace pays at the provider itself. Everybody here may choose them.">
        <Rows label="Providers" query={query} empty="There are none yet: the installation’s models answer.">
          {(query.data?.data ?? []).map((provider) => (
            <Row key={provider.name}>
              <div className="min-w-0 flex-1">
                <p className="truncate text-sm font-medium">{provider.name}</p>
                <p className="text-xs wrap-anywhere text-faint">{provider.base_url} · key <code>…{provider.key_end}</code> · {provider.models.length === 1 ? '1 model' : `${String(provider.models.length)} models`}</p>
              </div>
              {mayChange && <Button look="quiet" aria-label={`Remove ${provider.name}`} onClick={() => { setLeaving(provider) }}>Remove</Button>}
            </Row>
          ))}
        </Rows>
        {!mayChange && <p className="mt-3 text-sm text-faint">Owners and admins change this.</p>}
      </Section>
      {mayChange && <AddProvider workspace={workspace} taken={(query.data?.data ?? []).map(({ name }) => name)} onAdded={refresh} />}
      {leaving !== null && (
        <ConfirmDialog
          title={`Remove “${leaving.name}”?`}
          action="Remove"
          onConfirm={() => { remove.mutate(leaving); setLeaving(null) }}
          onClose={() => { setLeaving(null) }}
        >
          Its models answer nobody any more, from the next question on. Its key is forgotten.
        </ConfirmDialog>
      )}
    </>
  )
}
