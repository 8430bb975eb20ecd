import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Member, Role, Workspace } from '@/api/types'
import { useSession } from '@/features/account/hooks/useSession'
import { Button } from '@/ui/Button'
import { ConfirmDialog } from '@/ui/ConfirmDialog'
import { useDocumentTitle } from '@/ui/documentTitle'
import { toast } from '@/ui/toast'
import { changeRole, membersQuery, removeMember } from '../api/settings'
import { AddMemberForm } from './AddMemberForm'
import { DeleteWorkspace } from './DeleteWorkspace'
import { RoleSelect } from './RoleSelect'
import { Row, Rows } from './Rows'
import { Section } from './Section'

export function MembersSection() {
  const { workspace, user } = useSession()
  useDocumentTitle('Members')
  return workspace === null ? null : <Members workspace={workspace} me={user.id} />
}

function Members({ workspace, me }: { workspace: Workspace; me: string }) {
  const query = useQuery(membersQuery(workspace.id))
  const client = useQueryClient()
  const [leaving, setLeaving] = useState<Member | null>(null)
  const manages = workspace.role === 'owner' || workspace.role === 'admin'
  const settled = {
    onError: (error: unknown) => { toast(asProblem(error).detail) },
    onSettled: () => client.invalidateQueries({ queryKey: membersQuery(workspace.id).queryKey }),
  }
  const change = useMutation({ mutationFn: ({ id, role }: { id: string; role: Role }) => changeRole(workspace.id, id, role), ...settled })
  const remove = useMutation({ mutationFn: (id: string) => removeMember(workspace.id, id), ...settled })

  return (
    <>
      {manages && (
        <Section title="Add someone" about="They need an account here first. Viewers read; members converse; admins manage keys and people; owners can also delete the workspace.">
          <AddMemberForm workspace={workspace.id} />
        </Section>
      )}
      <Section title={`Members of ${workspace.name}`}>
        <Rows label="Members" query={query} empty="There is nobody here.">
          {(query.data?.data ?? []).map((member) => (
            <Row key={member.user_id}>
              <div className="min-w-0 flex-1">
                <p className="truncate text-sm font-medium">{member.name}{member.user_id === me && <span className="font-normal text-faint"> (you)</span>}</p>
                <p className="truncate text-xs text-faint">{member.email}</p>
              </div>
              {manages && member.user_id !== me ? (
                <>
                  <RoleSelect label={`Role of ${member.name}`} value={member.role} onChange={(role) => { change.mutate({ id: member.user_id, role }) }} />
                  <Button look="quiet" aria-label={`Remove ${member.name}`} onClick={() => { setLeaving(member) }}>Remove</Button>
                </>
              ) : <span className="text-sm text-soft capitalize">{member.role}</span>}
            </Row>
          ))}
        </Rows>
      </Section>
      {workspace.role === 'owner' && <DeleteWorkspace workspace={workspace} />}
      {leaving !== null && (
        <ConfirmDialog
          title={`Remove ${leaving.name}?`}
          action="Remove"
          keep="Keep them"
          onConfirm={() => { remove.mutate(leaving.user_id); setLeaving(null) }}
          onClose={() => { setLeaving(null) }}
        >
          They lose access to {workspace.name} at once. You can add them again.
        </ConfirmDialog>
      )}
    </>
  )
}
